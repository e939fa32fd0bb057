//! The table service.

use std::time::Duration;

use super::error::StorageError;
use crate::value::Row;

/// The most operations of one [`TableClient::batch`].
pub(crate) const BATCH_MAX: usize = 100;
/// The most rows of one page of a query.
pub(crate) const PAGE_MAX: u32 = 1000;

/// One table.
#[derive(Debug, Clone)]
pub(crate) struct TableClient {}

/// On what a write depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// The row exists.
    Any,
    /// The row is as it was when it had this etag.
    Etag(String),
}

/// One operation of an entity-group transaction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TableOp {
    Insert(Row),
    Replace(Row, IfMatch),
    Merge(Row, IfMatch),
    InsertOrReplace(Row),
    InsertOrMerge(Row),
    Delete {
        partition_key: String,
        row_key: String,
        condition: IfMatch,
    },
}

/// Why nothing of a transaction was stored.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct BatchError {
    /// Which operation was refused, from 0, if the service said.
    pub(crate) index: Option<usize>,
    #[source]
    pub(crate) error: StorageError,
}

/// What rows are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query<'a> {
    /// An OData condition; all rows without one.
    pub(crate) filter: Option<&'a str>,
    /// The columns that are wanted; all if empty. Keys come only if they are named, or with all.
    pub(crate) select: &'a [&'a str],
    /// The most rows of a page, at most [`PAGE_MAX`]; that many without it.
    pub(crate) top: Option<u32>,
}

/// Where the next page begins. Belongs to the endpoint that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Continuation {
    next_partition_key: String,
    next_row_key: Option<String>,
}

/// Some rows of a query, in the order of their keys. May be empty although there is a next one.
#[derive(Debug, Clone)]
pub(crate) struct TablePage {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Option<Continuation>,
}

impl TableClient {
    pub(crate) fn name(&self) -> &str {
        todo!()
    }

    /// Returns the same table with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        todo!()
    }

    /// Returns the same table with its reads answered by the secondary if the primary does not answer. What the
    /// secondary says may be old. Writes are the primary's all the same.
    #[must_use]
    pub(crate) fn from_either(&self) -> Self {
        todo!()
    }

    /// Makes the table; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Removes the table; returns false if it was not there.
    pub(crate) async fn delete_table(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Inserts a row and returns its etag. `Conflict` if there is one with its keys.
    pub(crate) async fn insert(&self, row: &Row) -> Result<String, StorageError> {
        todo!()
    }

    /// Replaces a row and returns its new etag. `NotFound` or `PreconditionFailed` if the condition does not hold.
    pub(crate) async fn replace(&self, row: &Row, condition: &IfMatch) -> Result<String, StorageError> {
        todo!()
    }

    /// Writes the row's columns, leaves the others, and returns the new etag; conditions as in `replace`.
    pub(crate) async fn merge(&self, row: &Row, condition: &IfMatch) -> Result<String, StorageError> {
        todo!()
    }

    /// As `merge`, whatever is there.
    pub(crate) async fn insert_or_merge(&self, row: &Row) -> Result<String, StorageError> {
        todo!()
    }

    /// As `replace`, whatever is there.
    pub(crate) async fn insert_or_replace(&self, row: &Row) -> Result<String, StorageError> {
        todo!()
    }

    /// Reads a row, with the columns of `select`, or with all if it is empty; `None` if there is none, or no table.
    pub(crate) async fn get(
        &self,
        partition_key: &str,
        row_key: &str,
        select: &[&str],
    ) -> Result<Option<Row>, StorageError> {
        todo!()
    }

    /// Removes a row; returns false if it was not there. `PreconditionFailed` if the condition does not hold.
    pub(crate) async fn delete(
        &self,
        partition_key: &str,
        row_key: &str,
        condition: &IfMatch,
    ) -> Result<bool, StorageError> {
        todo!()
    }

    /// Reads one page of rows, the first without a continuation.
    pub(crate) async fn query(
        &self,
        query: &Query<'_>,
        continuation: Option<&Continuation>,
    ) -> Result<TablePage, StorageError> {
        todo!()
    }

    /// Does all operations or none, and returns the etag of each that has one. All rows are of one partition key, each
    /// row is there once, and there are at most [`BATCH_MAX`].
    ///
    /// If an answer was lost and the next attempt is refused with 409 or 412, the rows are read: if each is as this
    /// batch writes it, the batch was stored, and the etags are those that were read. So that it cannot be taken for
    /// another writer's, a batch should hold a value that no other writer writes.
    pub(crate) async fn batch(&self, operations: &[TableOp]) -> Result<Vec<Option<String>>, BatchError> {
        todo!()
    }
}
