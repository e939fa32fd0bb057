//! The blob service: one container, and block blobs in it.

use std::time::Duration;

use super::error::StorageError;

/// One container and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct BlobClient {}

/// On what a lease is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseOn<'a> {
    /// The container itself: nobody else can delete it.
    Container,
    /// The blob of this name: nobody else can write or delete it.
    Blob(&'a str),
}

/// A line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobItem {
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// Some lines of a listing, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobPage {
    pub(crate) items: Vec<BlobItem>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

impl BlobClient {
    pub(crate) fn name(&self) -> &str {
        todo!()
    }

    /// Returns the absolute address of a blob, each segment of its name percent-encoded, without any right to it: as the
    /// columns of the Instances table hold it.
    pub(crate) fn url(&self, name: &str) -> String {
        todo!()
    }

    /// Returns the same container with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        todo!()
    }

    /// Returns the same container with its reads answered by the secondary if the primary does not answer.
    #[must_use]
    pub(crate) fn from_either(&self) -> Self {
        todo!()
    }

    /// Makes the container; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        todo!()
    }

    pub(crate) async fn exists(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Removes the container and its blobs; returns false if it was not there.
    pub(crate) async fn delete_container(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Stores a blob in place of what has its name, and returns its etag.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<String, StorageError> {
        todo!()
    }

    /// Stores a blob if none has its name; returns false if one has, unless it is what an earlier attempt stored.
    pub(crate) async fn put_new(&self, name: &str, bytes: Vec<u8>) -> Result<bool, StorageError> {
        todo!()
    }

    /// Reads a blob of at most `limit` bytes; `None` if there is none. `TooLarge` if it is longer.
    pub(crate) async fn get(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, StorageError> {
        todo!()
    }

    /// Removes a blob; returns false if it was not there.
    pub(crate) async fn delete(&self, name: &str) -> Result<bool, StorageError> {
        todo!()
    }

    /// Lists the blobs whose name begins with `prefix`, a page at a time; `from` is [`BlobPage::next`].
    pub(crate) async fn list(&self, prefix: &str, from: Option<&str>) -> Result<BlobPage, StorageError> {
        todo!()
    }

    /// Takes a lease of 15 to 60 seconds under an id of the caller's, a GUID with dashes. `Conflict` if another has it;
    /// taking it again with the same id succeeds and begins anew.
    pub(crate) async fn acquire_lease(
        &self,
        on: LeaseOn<'_>,
        id: &str,
        duration: Duration,
    ) -> Result<(), StorageError> {
        todo!()
    }

    /// Begins a lease anew. `Conflict` or `PreconditionFailed` if it is not held any more.
    pub(crate) async fn renew_lease(&self, on: LeaseOn<'_>, id: &str) -> Result<(), StorageError> {
        todo!()
    }

    /// Gives a held lease another id. `Conflict` if `from` does not hold it, and `to` does not either.
    pub(crate) async fn change_lease(
        &self,
        on: LeaseOn<'_>,
        from: &str,
        to: &str,
    ) -> Result<(), StorageError> {
        todo!()
    }

    /// Lets a lease go.
    pub(crate) async fn release_lease(&self, on: LeaseOn<'_>, id: &str) -> Result<(), StorageError> {
        todo!()
    }
}
