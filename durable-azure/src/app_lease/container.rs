//! The lease in the storage account.

use std::time::Duration;

use super::info::AppLeaseInfo;
use super::store::{AppLeaseError, AppLeaseFuture, AppLeaseStore};
use crate::transport::{BlobClient, LeaseOn, StorageError, StorageErrorKind};

/// The app-lease container of a hub.
#[derive(Debug, Clone)]
pub(crate) struct AppLeaseContainer {
    container: BlobClient,
    /// The name of the info blob.
    info: String,
}

/// An operation that takes longer leaves too little of the lease.
const LIMIT: Duration = Duration::from_secs(10);
/// The info blob has two GUIDs.
const INFO_MAX: usize = 64 * 1024;

impl AppLeaseContainer {
    pub(crate) fn new(container: &BlobClient, info: impl Into<String>) -> Self {
        Self {
            container: container.within(LIMIT),
            info: info.into(),
        }
    }

    /// Makes the container and the info blob, if they are not there.
    pub(crate) async fn create(&self) -> Result<(), StorageError> {
        self.container.create().await?;
        self.container.put_new(&self.info, b"{}".to_vec()).await?;
        Ok(())
    }
}

impl AppLeaseStore for AppLeaseContainer {
    fn info(&self) -> AppLeaseFuture<'_, AppLeaseInfo> {
        Box::pin(async {
            match self.container.get(&self.info, INFO_MAX).await.map_err(judge)? {
                None => Ok(AppLeaseInfo::default()),
                Some(bytes) => {
                    let read = serde_json::from_slice(without_mark(&bytes));
                    read.map_err(|error| AppLeaseError::Failed(error.into()))
                }
            }
        })
    }

    fn write_info<'a>(&'a self, info: &'a AppLeaseInfo) -> AppLeaseFuture<'a, ()> {
        Box::pin(async {
            let bytes = serde_json::to_vec(info).map_err(|error| AppLeaseError::Failed(error.into()))?;
            self.container.put(&self.info, bytes).await.map_err(judge)?;
            Ok(())
        })
    }

    fn acquire<'a>(&'a self, id: &'a str, duration: Duration) -> AppLeaseFuture<'a, ()> {
        Box::pin(async move {
            let acquired = self.container.acquire_lease(LeaseOn::Container, id, duration);
            acquired.await.map_err(judge)
        })
    }

    fn renew<'a>(&'a self, id: &'a str) -> AppLeaseFuture<'a, ()> {
        Box::pin(async move {
            let renewed = self.container.renew_lease(LeaseOn::Container, id);
            renewed.await.map_err(judge)
        })
    }

    fn change<'a>(&'a self, from: &'a str, to: &'a str) -> AppLeaseFuture<'a, ()> {
        Box::pin(async move {
            let changed = self.container.change_lease(LeaseOn::Container, from, to);
            changed.await.map_err(judge)
        })
    }
}

/// .NET's text writers may put a byte-order mark first.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn judge(error: StorageError) -> AppLeaseError {
    match error.kind {
        StorageErrorKind::Conflict | StorageErrorKind::PreconditionFailed => AppLeaseError::Refused,
        StorageErrorKind::NotFound
        | StorageErrorKind::PopReceiptMismatch
        | StorageErrorKind::Throttled
        | StorageErrorKind::Unavailable
        | StorageErrorKind::Denied
        | StorageErrorKind::TooLarge
        | StorageErrorKind::Invalid
        | StorageErrorKind::Malformed => AppLeaseError::Failed(error.into()),
    }
}
