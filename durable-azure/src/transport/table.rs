//! The table service.

pub(crate) mod entity;
mod multipart;
mod operation;
mod transaction;
mod write;

use std::time::Duration;

use hyper::Method;

use super::error::{StorageError, StorageErrorKind};
use super::operation::Operation;
use super::percent;
use super::request::{Place, Request};
use super::storage::{Sender, Service};
use crate::value::Row;

pub(crate) use operation::{IfMatch, TableOp};
pub(crate) use transaction::BatchError;

/// The most operations of one [`TableClient::batch`].
pub(crate) const BATCH_MAX: usize = 100;
/// The most bytes of an answer with a row, which has at most 1 MiB, and of one with a page, which has at most 4 MiB. A
/// character may be written in six bytes.
const ROW_BYTES_MAX: usize = 7 << 20;
const PAGE_BYTES_MAX: usize = 28 << 20;
const JSON: &str = "application/json";
/// With the types that JSON does not show, and with etags.
const MINIMAL_METADATA: &str = "application/json;odata=minimalmetadata";
/// The most rows of one page of a query.
pub(crate) const PAGE_MAX: u32 = 1000;

/// One table.
#[derive(Debug, Clone)]
pub(crate) struct TableClient {
    sender: Sender,
    name: String,
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
    place: Place,
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
    pub(super) fn new(sender: Sender, name: &str) -> Self {
        Self {
            sender,
            name: name.to_owned(),
        }
    }

    /// Returns the same table with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        Self::new(self.sender.within(total), &self.name)
    }

    /// Returns the same table with its reads answered by the secondary if the primary does not answer. What the
    /// secondary says may be old. Writes are the primary's all the same.
    #[must_use]
    pub(crate) fn or_secondary(&self) -> Self {
        Self::new(self.sender.or_secondary(), &self.name)
    }

    /// Makes the table; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        // A name needs no escape: the service takes letters and digits only, and refuses the rest.
        let body = format!(
            "{{\"TableName\":{}}}",
            serde_json::Value::from(self.name.as_str())
        );
        let request = self
            .request(Operation::CreateTable, Method::POST, "/Tables".to_owned())
            .header("prefer", "return-no-content")
            .body(JSON, body);
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.has_code("TableAlreadyExists") => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    /// Removes the table; returns false if it was not there.
    #[cfg(test)]
    pub(crate) async fn delete_table(&self) -> Result<bool, StorageError> {
        let path = format!("/Tables({})", percent_literal(&self.name));
        let request = self.request(Operation::DeleteTable, Method::DELETE, path);
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    /// Reads a row, with the columns of `select`, or with all if it is empty; `None` if there is none, or no table.
    pub(crate) async fn get(
        &self,
        partition_key: &str,
        row_key: &str,
        select: &[&str],
    ) -> Result<Option<Row>, StorageError> {
        let path = row_path(&self.name, partition_key, row_key);
        let request = self
            .request(Operation::GetEntity, Method::GET, path)
            .limit(ROW_BYTES_MAX);
        let request = selecting(request, select);
        let answer = match self.sender.send(&request).await {
            Ok(response) => response.answer,
            Err(error) if error.kind == StorageErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut row =
            entity::read(&answer.body).ok_or_else(|| StorageError::malformed(&request, "no row"))?;
        if let Some(etag) = answer.header("etag") {
            row.etag = Some(etag.to_owned());
        }
        Ok(Some(row))
    }

    /// Reads one page of rows, the first without a continuation.
    pub(crate) async fn query(
        &self,
        query: &Query<'_>,
        continuation: Option<&Continuation>,
    ) -> Result<TablePage, StorageError> {
        let path = format!("/{}()", percent::encode(&self.name));
        let mut request = self
            .request(Operation::QueryEntities, Method::GET, path)
            .limit(PAGE_BYTES_MAX);
        if let Some(filter) = query.filter {
            request = request.query("$filter", filter);
        }
        if let Some(top) = query.top {
            request = request.query("$top", top.to_string());
        }
        request = selecting(request, query.select);
        if let Some(from) = continuation {
            request.only = Some(from.place);
            request = request.query("NextPartitionKey", from.next_partition_key.as_str());
            if let Some(row_key) = &from.next_row_key {
                request = request.query("NextRowKey", row_key.as_str());
            }
        }
        let response = self.sender.send(&request).await?;
        let malformed = || StorageError::malformed(&request, "no page of rows");
        let rows = entity::read_page(&response.answer.body).ok_or_else(malformed)?;
        let header = |name| response.answer.header(name).map(str::to_owned);
        let next = header("x-ms-continuation-nextpartitionkey").map(|next_partition_key| Continuation {
            place: response.place,
            next_partition_key,
            next_row_key: header("x-ms-continuation-nextrowkey"),
        });
        Ok(TablePage { rows, next })
    }

    fn request(&self, operation: Operation, method: Method, path: String) -> Request {
        let target = format!("table {}", self.name);
        Request::new(operation, Service::Table, method, path, target)
            .header("accept", MINIMAL_METADATA)
            .header("dataserviceversion", "3.0;NetFx")
            .header("maxdataserviceversion", "3.0;NetFx")
    }
}

fn selecting(request: Request, select: &[&str]) -> Request {
    if select.is_empty() {
        request
    } else {
        request.query("$select", select.join(","))
    }
}

/// Returns the path of a row: `/Table(PartitionKey='..',RowKey='..')`.
fn row_path(table: &str, partition_key: &str, row_key: &str) -> String {
    format!(
        "/{}(PartitionKey={},RowKey={})",
        percent::encode(table),
        percent_literal(partition_key),
        percent_literal(row_key)
    )
}

/// Writes a text in quotes as it stands in a path.
fn percent_literal(text: &str) -> String {
    format!("'{}'", percent::encode(&text.replace('\'', "''")))
}

#[cfg(test)]
mod tests;
