//! Everything that knows HTTP: how an account is named and proved, how a request is signed, sent, tried again and given
//! up, and the three services as small clients. The rest of the crate sees rows, messages and bytes.
//!
//! ```text
//!   QueueClient   TableClient   BlobClient      what a service can do, one method per operation
//!         └────────────┼────────────┘
//!                   Pipeline                    target → sign → send → judge → wait → again
//!                      │
//!                   Exchange                    one request, one answer: hyper
//! ```

mod account;
mod blob;
mod connection_string;
mod credential;
mod date;
mod endpoint;
mod entered;
mod error;
mod exchange;
mod journey;
mod operation;
mod outage;
mod percent;
mod pipeline;
mod queue;
mod refusal;
mod request;
mod retry;
#[cfg(test)]
mod scripted;
mod secret;
mod sign;
mod storage;
pub(crate) mod table;
mod token;
mod xml;

pub use account::{Account, AccountError};
pub use credential::{AccessToken, Credential, TokenError, TokenFuture, TokenProvider};
pub use operation::{OperationCount, Operations};
pub use retry::RetrySettings;

pub(crate) use blob::{BlobClient, BlobItem, BlobPage, LeaseOn};
pub(crate) use error::{StorageError, StorageErrorKind};
pub(crate) use operation::Operation;
pub(crate) use queue::{PutReceipt, QueueClient, QueueMessage, UpdateReceipt};
pub(crate) use secret::Secret;
pub(crate) use storage::{Service, Storage};
pub(crate) use table::{BatchError, Continuation, IfMatch, Query, TableClient, TableOp, TablePage};

#[cfg(test)]
mod tests;
