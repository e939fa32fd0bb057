//! Several writes, all or none.

use hyper::Method;

use super::super::error::{StorageError, StorageErrorKind};
use super::super::operation::Operation;
use super::super::refusal;
use super::super::request::Request;
use super::super::storage::Service;
use super::write::may_be_our_own;
use super::{BATCH_MAX, TableClient, TableOp, multipart};

/// The most bytes of a transaction.
const BYTES_MAX: usize = 4 << 20;
/// The most bytes of an answer: a few hundred for each operation.
const ANSWER_MAX: usize = 1 << 20;

/// Why nothing of a transaction was stored.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct BatchError {
    /// Which operation was refused, from 0, if the service said.
    pub(crate) index: Option<usize>,
    #[source]
    pub(crate) error: StorageError,
}

impl From<StorageError> for BatchError {
    fn from(error: StorageError) -> Self {
        Self { index: None, error }
    }
}

impl TableClient {
    /// Does all operations or none, and returns the etag of each that has one. All rows are of one partition key, each
    /// row is there once, and there are at most [`BATCH_MAX`].
    ///
    /// If an answer was lost and the next attempt is refused, the rows are read: if each is as this batch leaves it, the
    /// batch was stored, and the etags are those that were read. So that it cannot be taken for another writer's, a
    /// batch should hold a value that no other writer writes.
    pub(crate) async fn batch(&self, operations: &[TableOp]) -> Result<Vec<Option<String>>, BatchError> {
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        let request = self.batch_request(operations)?;
        let answer = match self.sender.primary().send(&request).await {
            Ok(response) => response.answer,
            Err(error) => return self.refused(operations, error).await,
        };
        let malformed = |what| BatchError::from(StorageError::malformed(&request, what));
        let body = std::str::from_utf8(&answer.body).map_err(|_| malformed("no text"))?;
        let parts = multipart::parts(body);
        if parts.len() != operations.len() {
            return Err(malformed("not one answer for each operation"));
        }
        Ok(parts
            .into_iter()
            .map(|part| part.etag.map(str::to_owned))
            .collect())
    }

    fn batch_request(&self, operations: &[TableOp]) -> Result<Request, StorageError> {
        let request = self.unchecked_request(operations)?;
        let invalid = |kind, detail: &str| Err(StorageError::new(&request, kind, detail));
        let (partition_key, _) = operations.first().map_or(("", ""), TableOp::keys);
        if operations.len() > BATCH_MAX {
            invalid(
                StorageErrorKind::Invalid,
                "more operations than a transaction may have",
            )
        } else if operations
            .iter()
            .any(|operation| operation.keys().0 != partition_key)
        {
            invalid(StorageErrorKind::Invalid, "rows of several partition keys")
        } else if request.body.len() > BYTES_MAX {
            invalid(
                StorageErrorKind::TooLarge,
                "more bytes than a transaction may have",
            )
        } else {
            Ok(request)
        }
    }

    pub(super) fn unchecked_request(&self, operations: &[TableOp]) -> Result<Request, StorageError> {
        let request = self.request(Operation::EntityTransaction, Method::POST, "/$batch".to_owned());
        let address = self.sender.address(Service::Table);
        let Some(body) = multipart::write(&address, &self.name, operations) else {
            let detail = "an etag that no service gave";
            return Err(StorageError::new(&request, StorageErrorKind::Invalid, detail));
        };
        let mut request = request.body(multipart::CONTENT_TYPE, body).limit(ANSWER_MAX);
        request.failure_in = |answer| {
            let body = std::str::from_utf8(&answer.body).ok()?;
            let parts = multipart::parts(body);
            let failed = parts.iter().find(|part| !(200..300).contains(&part.status))?;
            Some((failed.status, refusal::words(failed.body.as_bytes())))
        };
        Ok(request)
    }

    async fn refused(
        &self,
        operations: &[TableOp],
        error: StorageError,
    ) -> Result<Vec<Option<String>>, BatchError> {
        if may_be_our_own(&error)
            && let Some(etags) = self.etags_if_done(operations).await
        {
            return Ok(etags);
        }
        let index = multipart::index_of(&error.detail).filter(|index| *index < operations.len());
        Err(BatchError { index, error })
    }

    async fn etags_if_done(&self, operations: &[TableOp]) -> Option<Vec<Option<String>>> {
        let mut etags = Vec::with_capacity(operations.len());
        for operation in operations {
            match operation {
                TableOp::Delete { .. } if self.is_gone(operation).await => etags.push(None),
                TableOp::Delete { .. } => return None,
                TableOp::Insert(_)
                | TableOp::Replace(..)
                | TableOp::Merge(..)
                | TableOp::InsertOrReplace(_)
                | TableOp::InsertOrMerge(_) => etags.push(Some(self.etag_if_done(operation).await?)),
            }
        }
        Some(etags)
    }

    async fn is_gone(&self, operation: &TableOp) -> bool {
        let (partition_key, row_key) = operation.keys();
        let primary = Self::new(self.sender.primary(), &self.name);
        matches!(primary.get(partition_key, row_key, &[]).await, Ok(None))
    }
}
