//! Making what a hub consists of. Every step may be repeated.

use durable_core::hub::HubError;

use super::shared::Shared;
use super::together::together;
use crate::partition::PartitionTable;
use crate::transport::{StorageError, TableClient};

/// The statement of the framework: 409 counts as success, so that several may create a hub at once.
fn made(answer: Result<bool, StorageError>) -> Result<(), HubError> {
    answer.map(drop).map_err(HubError::from)
}

impl Shared {
    /// Makes everything that is missing: the partition store first, then tables and queues, then the partition rows.
    pub(crate) async fn create(&self, partitions: &TableClient) -> Result<(), HubError> {
        let names: Vec<String> = (0..self.settings.partitions)
            .map(|it| self.names.control_queue(it))
            .collect();
        PartitionTable::create(partitions, &names).await?;
        let tables =
            [&self.history, &self.instances, &self.workers].map(|table| async { made(table.create().await) });
        let queues = self.control.iter().chain([&self.work_items]);
        let queues = queues.map(|queue| async { made(queue.create().await) });
        for answer in together(tables).await {
            answer?;
        }
        for answer in together(queues).await {
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
