//! Making what a hub consists of. Every step may be repeated.

use durable_core::hub::HubError;

use super::shared::Shared;
use super::together::together;
use crate::transport::StorageError;

/// The statement of the framework: 409 counts as success, so that several may create a hub at once.
fn made(answer: Result<bool, StorageError>) -> Result<(), HubError> {
    answer.map(drop).map_err(HubError::from)
}

impl Shared {
    /// Makes the tables and queues that are missing. The partition store is there already.
    pub(crate) async fn create(&self) -> Result<(), HubError> {
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
        Ok(())
    }
}
