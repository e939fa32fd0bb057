//! Where the rows are.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use super::row::PartitionRow;

/// What an operation of a [`PartitionStore`] returns.
pub(crate) type PartitionFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, PartitionError>> + Send + 'a>>;

/// The partition table, or in tests something like it. An operation that does not answer is dropped.
pub(crate) trait PartitionStore: fmt::Debug + Send + Sync + 'static {
    /// Reads all rows, in the order of their keys.
    fn read(&self) -> PartitionFuture<'_, Vec<PartitionRow>>;

    /// Replaces a row if its etag is still that of `row`.
    fn replace<'a>(&'a self, row: &'a PartitionRow) -> PartitionFuture<'a, ()>;
}

/// Why a pass could not go on. The next one reads anew, whatever it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartitionError {
    /// 412: somebody else wrote the row first.
    #[error("the row `{queue}` of the partition table was written by another node")]
    Stale { queue: String },
    /// The table could not be asked, or what it holds not be read.
    #[error("the partition table could not be used")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}
