//! The rows in the storage account.

use super::row::PartitionRow;
use super::settings::PartitionSettings;
use super::store::{PartitionError, PartitionFuture, PartitionStore};
use crate::transport::{IfMatch, Query, StorageError, StorageErrorKind, TableClient};

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

    /// Makes the table and a row for each queue, if they are not there. Rows that are there stay as they are.
    pub(crate) async fn create(table: &TableClient, queues: &[String]) -> Result<(), StorageError> {
        table.create().await?;
        for queue in queues {
            match table.insert(&PartitionRow::new(queue).write()).await {
                Ok(_) => {}
                Err(error) if error.kind == StorageErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn read_all(&self) -> Result<Vec<PartitionRow>, PartitionError> {
        let (mut rows, mut next) = (Vec::new(), None);
        loop {
            let page = self.table.query(&Query::default(), next.as_ref()).await;
            let page = page.map_err(|error| PartitionError::Failed(error.into()))?;
            for row in &page.rows {
                rows.push(PartitionRow::read(row).map_err(|error| PartitionError::Failed(error.into()))?);
            }
            next = page.next;
            if next.is_none() {
                return Ok(rows);
            }
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
