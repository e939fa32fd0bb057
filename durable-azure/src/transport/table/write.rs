//! Writes of one row.

use hyper::Method;

use super::super::error::{StorageError, StorageErrorKind};
use super::super::operation::Operation;
use super::super::request::Request;
use super::{IfMatch, JSON, TableClient, TableOp, entity, percent, row_path};
use crate::value::Row;

impl TableClient {
    /// Inserts a row and returns its etag. `Conflict` if there is one with its keys.
    ///
    /// For this and the other writes: if an answer was lost and the next attempt is refused, the row is read. If it is as
    /// this write leaves it, the write succeeded. So that it cannot be taken for another writer's, a row that matters
    /// should hold a value that no other writer writes.
    pub(crate) async fn insert(&self, row: &Row) -> Result<String, StorageError> {
        self.write(&TableOp::Insert(row.clone())).await
    }

    /// Replaces a row and returns its new etag. `NotFound` or `PreconditionFailed` if the condition does not hold.
    pub(crate) async fn replace(&self, row: &Row, condition: &IfMatch) -> Result<String, StorageError> {
        self.write(&TableOp::Replace(row.clone(), condition.clone()))
            .await
    }

    /// Writes the row's columns, leaves the others, and returns the new etag; conditions as in `replace`.
    pub(crate) async fn merge(&self, row: &Row, condition: &IfMatch) -> Result<String, StorageError> {
        self.write(&TableOp::Merge(row.clone(), condition.clone())).await
    }

    /// As `merge`, whatever is there.
    pub(crate) async fn insert_or_merge(&self, row: &Row) -> Result<String, StorageError> {
        self.write(&TableOp::InsertOrMerge(row.clone())).await
    }

    /// As `replace`, whatever is there.
    pub(crate) async fn insert_or_replace(&self, row: &Row) -> Result<String, StorageError> {
        self.write(&TableOp::InsertOrReplace(row.clone())).await
    }

    /// Removes a row; returns false if it was not there. `PreconditionFailed` if the condition does not hold.
    pub(crate) async fn delete(
        &self,
        partition_key: &str,
        row_key: &str,
        condition: &IfMatch,
    ) -> Result<bool, StorageError> {
        let path = row_path(&self.name, partition_key, row_key);
        let request = self.request(Operation::DeleteEntity, Method::DELETE, path);
        let request = on(request, condition)?;
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, operation: &TableOp) -> Result<String, StorageError> {
        let request = self.write_request(operation)?;
        match self.sender.primary().send(&request).await {
            Ok(response) => {
                let etag = response.answer.header("etag").map(str::to_owned);
                etag.ok_or_else(|| StorageError::malformed(&request, "no etag"))
            }
            Err(error) if may_be_our_own(&error) => self.etag_if_done(operation).await.ok_or(error),
            Err(error) => Err(error),
        }
    }

    fn write_request(&self, operation: &TableOp) -> Result<Request, StorageError> {
        let (kind, method, row, condition) = match operation {
            TableOp::Insert(row) => (Operation::InsertEntity, "POST", Some(row), None),
            TableOp::Replace(row, condition) => (Operation::ReplaceEntity, "PUT", Some(row), Some(condition)),
            TableOp::Merge(row, condition) => (Operation::MergeEntity, "MERGE", Some(row), Some(condition)),
            TableOp::InsertOrReplace(row) => (Operation::InsertOrReplaceEntity, "PUT", Some(row), None),
            TableOp::InsertOrMerge(row) => (Operation::InsertOrMergeEntity, "MERGE", Some(row), None),
            TableOp::Delete { condition, .. } => (Operation::DeleteEntity, "DELETE", None, Some(condition)),
        };
        let path = if kind == Operation::InsertEntity {
            format!("/{}", percent::encode(&self.name))
        } else {
            let (partition_key, row_key) = operation.keys();
            row_path(&self.name, partition_key, row_key)
        };
        // `MERGE` is a method of OData that HTTP does not know.
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::PUT);
        let mut request = self.request(kind, method, path);
        if let Some(row) = row {
            request = request
                .header("prefer", "return-no-content")
                .body(JSON, entity::write_in_ascii(row));
        }
        match condition {
            Some(condition) => on(request, condition),
            None => Ok(request),
        }
    }

    /// Reads the row and returns its etag if it is as `operation` leaves it. Nothing, too, if that cannot be found out.
    pub(super) async fn etag_if_done(&self, operation: &TableOp) -> Option<String> {
        let (partition_key, row_key) = operation.keys();
        let primary = Self::new(self.sender.primary(), &self.name);
        let found = primary.get(partition_key, row_key, &[]).await.ok()?;
        operation.is_done(found.as_ref()).then(|| found?.etag).flatten()
    }
}

/// Returns whether a refusal may come from what an earlier attempt of the same operation did.
pub(super) fn may_be_our_own(error: &StorageError) -> bool {
    error.uncertain
        && matches!(
            error.kind,
            StorageErrorKind::Conflict | StorageErrorKind::PreconditionFailed | StorageErrorKind::NotFound
        )
}

fn on(request: Request, condition: &IfMatch) -> Result<Request, StorageError> {
    match condition.header() {
        Some(etag) => {
            let etag = etag.to_owned();
            Ok(request.header("if-match", etag))
        }
        None => Err(StorageError::new(
            &request,
            StorageErrorKind::Invalid,
            "an etag that no service gave",
        )),
    }
}
