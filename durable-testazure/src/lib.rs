//! What tests of the Azure Storage hub need: the storage emulator Azurite, started and stopped by the tests themselves.
//!
//! ```no_run
//! # fn main() -> Result<(), durable_testazure::AzuriteError> {
//! let Some(azurite) = durable_testazure::shared()? else {
//!     return Ok(()); // DURABLE_TEST_AZURE=off; a line on the standard error says so
//! };
//! println!("{}", azurite.connection_string());
//! # Ok(())
//! # }
//! ```
//!
//! [`shared`] is one emulator for all tests of a process, and each takes names of its own ([`fresh_name`]).
//! [`Azurite::start`] is one for a test that pauses, stops or kills it.
//!
//! # What it needs
//!
//! Node.js with npm. Azurite comes from the npm registry, once, in the version that `azurite/package-lock.json` pins, into
//! the folder `durable-testazure` of the workspace's target folder; later runs use what is there. Where npm is missing the
//! tests fail with a sentence that says so, unless `DURABLE_TEST_AZURE=off` is set: then they are left out, each with a
//! line on the standard error.

#![forbid(unsafe_code)]

mod account;
mod azurite;
mod date;
pub mod foreign;
mod fresh;
mod http;
pub mod proxy;
mod replica;
mod rest;
mod tables;
mod xml;

pub use account::{ACCOUNT_KEY, ACCOUNT_NAME, Account, Service};
pub use azurite::{Azurite, AzuriteError, SWITCH, enabled, shared};
pub use fresh::fresh_name;
