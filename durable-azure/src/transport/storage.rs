//! An opened account, from which clients are made.

use std::time::Duration;

use super::account::{Account, AccountError};
use super::blob::BlobClient;
use super::error::StorageError;
use super::operation::Operations;
use super::queue::QueueClient;
use super::retry::RetrySettings;
use super::table::TableClient;
use crate::value::Ticks;

/// The services of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Blob,
    Queue,
    Table,
}

/// An opened account. Cheap to clone; its clients share connections.
///
/// Its futures, and those of its clients, may be polled on any thread, also outside of tokio: they enter the runtime in
/// which the account was opened, which must live as long.
#[derive(Debug, Clone)]
pub(crate) struct Storage {}

impl Storage {
    /// Opens the account: checks what can be checked without asking it. Nothing is sent.
    ///
    /// Must be called within a tokio runtime with its I/O and timers switched on.
    pub(crate) fn open(account: &Account, retry: RetrySettings) -> Result<Self, AccountError> {
        todo!()
    }

    pub(crate) fn queue(&self, name: &str) -> QueueClient {
        todo!()
    }

    pub(crate) fn table(&self, name: &str) -> TableClient {
        todo!()
    }

    /// Returns the client of a container and what is in it.
    pub(crate) fn container(&self, name: &str) -> BlobClient {
        todo!()
    }

    /// Returns how many requests were sent.
    pub(crate) fn operations(&self) -> &Operations {
        todo!()
    }

    /// Returns up to when writes of `service` are certain to be at the secondary; `None` if it has not said so yet.
    /// Fails with `Invalid` if the account has no secondary.
    pub(crate) async fn last_sync_time(&self, service: Service) -> Result<Option<Ticks>, StorageError> {
        todo!()
    }

    /// Returns the same account with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        todo!()
    }
}
