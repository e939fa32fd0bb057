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
//!
//! # When a request is sent again
//!
//! There was no connection, or it broke; no answer came in time; or the service said 408, 429, 500, 502, 503 or 504, also
//! as the answer to one operation of a transaction. Then the same request is sent again after a pause, as [`RetrySettings`]
//! say, until its time is over. A token that is refused is replaced once.
//!
//! A request that was sent may have been applied, whatever became of its answer. Only where there was no connection, or
//! where the service said 429, is it certain that it was not. If a later attempt of an operation is then refused, its own
//! first attempt may be why, and the rule is:
//!
//! | operation | refused with | what is made of it |
//! |---|---|---|
//! | insert, replace, merge, transaction | 404, 409, 412 | the rows are read: if they are as the operation leaves them, it succeeded |
//! | put a new blob | 409 | the blob is read: if it is the same, the operation succeeded |
//! | create a table or a container | 409 already exists | it is said to have been made |
//! | delete anything | 404 | it is said to have been there |
//! | release a lease | 409 | it is released: whoever has it now took it later |
//! | acquire, renew, change a lease | | the service itself accepts a repetition |
//! | update a message | 400 pop receipt | nobody can tell: an error that is `uncertain` |
//! | put a message | | nobody can tell: it may be there twice |
//! | get messages | | those of a lost answer come again when their time is over |
//!
//! Everything else that is refused is an error at once, and says so with [`StorageError::uncertain`] if it may be its own
//! doing.

mod account;
mod blob;
mod connection_string;
mod credential;
mod date;
mod endpoint;
mod entered;
mod environment;
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
pub(crate) mod scripted;
mod secret;
mod sign;
mod storage;
pub(crate) mod table;
mod token;
mod xml;

pub use account::{Account, AccountError};
pub use credential::{AccessToken, Credential, TokenError, TokenFuture, TokenProvider};
pub use environment::CONNECTION_VARIABLE;
pub use operation::{OperationCount, Operations};
pub use retry::RetrySettings;

pub(crate) use blob::{BlobClient, LeaseOn};
pub(crate) use error::{StorageError, StorageErrorKind};
pub(crate) use queue::{MESSAGES_MAX, PutReceipt, QueueClient, QueueMessage, VISIBILITY_MAX};
pub(crate) use secret::Secret;
pub(crate) use storage::{Service, Storage};
pub(crate) use table::{BatchError, Continuation, IfMatch, PAGE_MAX, Query, TableClient, TableOp};

#[cfg(test)]
mod tests;
