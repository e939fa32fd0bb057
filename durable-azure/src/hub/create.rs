//! Making what a hub consists of. Every step may be repeated.

use durable_core::hub::HubError;

use super::shared::Shared;
use super::together::together;
use crate::partition::PartitionRow;
use crate::transport::{StorageError, StorageErrorKind, TableClient};

/// The statement of the framework: 409 counts as success, so that several may create a hub at once.
fn made(answer: Result<bool, StorageError>) -> Result<(), HubError> {
    answer.map(drop).map_err(HubError::from)
}

impl Shared {
    /// Makes everything that is missing: the partition store first, then tables and queues, then the partition rows.
    pub(crate) async fn create(&self, partitions: &TableClient) -> Result<(), HubError> {
        made(partitions.create().await)?;
        let tables = [&self.history, &self.instances, &self.workers].map(|table| async { made(table.create().await) });
        let queues = self.control.iter().chain([&self.work_items]);
        let queues = queues.map(|queue| async { made(queue.create().await) });
        let rows = (0..self.settings.partitions).map(|partition| {
            let row = PartitionRow::new(self.names.control_queue(partition)).write();
            async move {
                match partitions.insert(&row).await {
                    Ok(_) => Ok(()),
                    Err(error) if error.kind == StorageErrorKind::Conflict => Ok(()),
                    Err(error) => Err(HubError::from(error)),
                }
            }
        });
        for answer in together(tables).await {
            answer?;
        }
        for answer in together(queues).await {
            answer?;
        }
        for answer in together(rows).await {
            answer?;
        }
        self.check_partition_count(partitions).await
    }

    /// Refuses a hub that has another number of partitions: an instance would be looked for in the wrong one.
    async fn check_partition_count(&self, partitions: &TableClient) -> Result<(), HubError> {
        let rows = self.query_all(partitions, "", &["RowKey"]).await?;
        let wanted = self.settings.partitions;
        if usize::try_from(wanted).is_ok_and(|wanted| rows.len() == wanted) {
            return Ok(());
        }
        Err(crate::error::invalid(format!(
            "the hub `{}` has {} partitions, and {wanted} are set; the number cannot be changed on a hub that exists",
            self.names.hub().as_str(),
            rows.len()
        )))
    }
}
