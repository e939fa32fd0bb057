//! What tests of the Azure Storage hub need: the storage emulator Azurite, started and stopped by the tests themselves; a
//! proxy before it that counts and injects faults; and a foreign client and worker of the same wire format.
//!
//! ```no_run
//! use durable_testazure::foreign::{ForeignClient, ForeignHub, ForeignWorker};
//! use durable_testazure::proxy::{Answer, Fault, Operation, Proxy, Rule};
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let Some(azurite) = durable_testazure::shared()? else {
//!     return Ok(()); // DURABLE_TEST_AZURE=off; a line on the standard error says so
//! };
//! let proxy = Proxy::before(azurite.account()).await?;
//! // The 3rd message is put, and its sender does not hear of it.
//! let lost = proxy.inject(Rule::on(Operation::PutMessage).nth(3), Fault::CloseAfter);
//! // Every 5th transaction finds another etag.
//! let stale = Answer::condition_not_met();
//! proxy.inject(Rule::on(Operation::Batch).every(5), Fault::Answer(stale));
//! println!("{}", proxy.connection_string()); // for the hub under test
//!
//! let hub = ForeignHub::new(azurite.account(), &durable_testazure::fresh_name("Orders"), 4);
//! hub.create().await?;
//! tokio::spawn(ForeignWorker::new(hub.clone(), "foreign").run());
//! let client = ForeignClient::new(hub);
//! client.start("order-123", "ProcessOrder", r#"{"total":5}"#).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`shared`] is one emulator for all tests of a process, and each takes names of its own ([`fresh_name`]).
//! [`Azurite::start`] is one for a test that pauses, stops or kills it. [`proxy`] and [`foreign`] say what they do, and what
//! they do not.
//!
//! The crate depends on no other of the workspace, and has its own HTTP, signatures and texts: what it proves of the hub's
//! wire format, it does not prove with the hub's own code.
//!
//! [`NpmPackage`] installs what tests need of npm: Azurite, and for the dashboard's tests what drives a browser.
//!
//! # What it needs
//!
//! Node.js with npm. Azurite comes from the registry that npm is configured for, once, in the version that
//! `azurite/package-lock.json` pins, into the folder `durable-testazure` of the workspace's target folder; later runs use
//! what is there. Where npm is missing the tests fail with a sentence that says so, unless `DURABLE_TEST_AZURE=off` is set:
//! then they are left out, each with a line on the standard error.

#![forbid(unsafe_code)]

mod account;
mod azurite;
mod date;
pub mod foreign;
mod fresh;
mod http;
mod npm;
pub mod proxy;
mod replica;
mod rest;
mod tables;
mod xml;

pub use account::{ACCOUNT_KEY, ACCOUNT_NAME, Account, Service};
pub use azurite::{Azurite, AzuriteError, SWITCH, enabled, shared};
pub use fresh::fresh_name;
pub use npm::{NpmError, NpmPackage};
