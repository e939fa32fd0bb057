//! The rows in the storage account.

use durable_core::hub::HubError;

use super::row::{MalformedPartition, PartitionRow};
use super::settings::PartitionSettings;
use super::store::{PartitionError, PartitionFuture, PartitionStore};
use crate::error::corrupt;
use crate::transport::{BatchError, IfMatch, Query, StorageError, StorageErrorKind, TableClient, TableOp};

/// The table of a hub's partitions.
#[derive(Debug, Clone)]
pub(crate) struct PartitionTable {
    table: TableClient,
}

impl PartitionTable {
    pub(crate) fn new(table: &TableClient, settings: &PartitionSettings) -> Self {
        Self {
            // One that takes longer than a pass may is of no use: the pass is given up, and its answer is not read.
            table: table.within(settings.pass_limit),
        }
    }

    /// Makes the table, and a row for each queue: all of them or none, so that nobody counts fewer. Returns false if there
    /// is one of these rows already, and leaves the table as it is then.
    pub(crate) async fn create(table: &TableClient, queues: &[String]) -> Result<bool, StorageError> {
        table.create().await?;
        let rows: Vec<TableOp> = queues
            .iter()
            .map(|queue| TableOp::Insert(PartitionRow::new(queue).write()))
            .collect();
        match table.batch(&rows).await {
            Ok(_) => Ok(true),
            Err(BatchError { error, .. }) if error.kind == StorageErrorKind::Conflict => Ok(false),
            Err(BatchError { error, .. }) => Err(error),
        }
    }

    /// Reads the rows, once; none if there is no table.
    pub(crate) async fn rows(table: &TableClient) -> Result<Vec<PartitionRow>, HubError> {
        match read(table).await {
            Ok(rows) => Ok(rows),
            Err(ReadError::Storage(error)) if error.kind == StorageErrorKind::NotFound => Ok(Vec::new()),
            Err(ReadError::Storage(error)) => Err(error.into()),
            Err(ReadError::Row(error)) => Err(corrupt(error.to_string()).with_source(error)),
        }
    }

    async fn read_all(&self) -> Result<Vec<PartitionRow>, PartitionError> {
        read(&self.table).await.map_err(|error| match error {
            ReadError::Storage(error) => PartitionError::Failed(error.into()),
            ReadError::Row(error) => PartitionError::Failed(error.into()),
        })
    }
}

/// Why rows could not be read.
enum ReadError {
    Storage(StorageError),
    Row(MalformedPartition),
}

async fn read(table: &TableClient) -> Result<Vec<PartitionRow>, ReadError> {
    let (mut rows, mut next) = (Vec::new(), None);
    loop {
        let page = table.query(&Query::default(), next.as_ref()).await;
        let page = page.map_err(ReadError::Storage)?;
        for row in &page.rows {
            rows.push(PartitionRow::read(row).map_err(ReadError::Row)?);
        }
        next = page.next;
        if next.is_none() {
            return Ok(rows);
        }
    }
}

impl PartitionStore for PartitionTable {
    fn read(&self) -> PartitionFuture<'_, Vec<PartitionRow>> {
        Box::pin(self.read_all())
    }

    fn replace<'a>(&'a self, row: &'a PartitionRow) -> PartitionFuture<'a, ()> {
        Box::pin(async move {
            let condition = IfMatch::Etag(row.etag.clone());
            match self.table.replace(&row.write(), &condition).await {
                Ok(_) => Ok(()),
                Err(error) if error.kind == StorageErrorKind::PreconditionFailed => {
                    Err(PartitionError::Stale {
                        queue: row.queue.clone(),
                    })
                }
                Err(error) => Err(PartitionError::Failed(error.into())),
            }
        })
    }
}
