//! The Azure Storage task hub of durable functions: queues, tables and blobs, as the Durable Task Framework uses them.
//!
//! `transport` is the only module that knows HTTP: accounts, credentials, retries, and a small client for each of the
//! three services. `value` is what a table's row holds; `wire` is the form of everything that is stored: names, messages
//! and rows. `coordinator` is what a node holds in memory, `partition` who reads which queue, `hub` what ties them to the
//! contract.

#![forbid(unsafe_code)]

mod app_lease;
mod backoff;
mod coordinator;
mod dequeue;
mod error;
mod hub;
mod partition;
#[doc(hidden)]
pub mod raw;
mod settings;
mod transport;
mod value;
mod wire;

pub use hub::{AzureHub, AzureOptions};
pub use transport::{
    AccessToken, Account, AccountError, CONNECTION_VARIABLE, Credential, OperationCount, Operations,
    RetrySettings, TokenError, TokenFuture, TokenProvider,
};
pub use wire::{HUB_NAME_MAX, HUB_NAME_MIN, HubName, HubNameError, TrackingPrefixError};
