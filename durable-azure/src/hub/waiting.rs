//! Waiting for an instance to be in a state.

use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{ExecutionId, InstanceId};

use super::shared::Shared;
use super::together::first_of;
use crate::error::not_found;

impl Shared {
    /// Waits for the instance that has the id when the wait begins. One that takes its place later is another.
    ///
    /// Changes that are made here are seen at once, those of other nodes by looking from time to time (DTFx: the same).
    pub(crate) async fn wait(
        &self,
        id: &InstanceId,
        execution: Option<&ExecutionId>,
        predicate: &(dyn Fn(&InstanceRecord) -> bool + Send + Sync),
    ) -> Result<InstanceRecord, HubError> {
        let mut watch = self.watchers.watch(id);
        let answer = self.look_until(id, execution, predicate, &mut watch).await;
        drop(watch);
        // One that has ended is held as long as somebody waits for it.
        if !self.watchers.is_watched(id) {
            self.with(|state| state.forget_if_idle(id));
        }
        answer
    }

    async fn look_until(
        &self,
        id: &InstanceId,
        execution: Option<&ExecutionId>,
        predicate: &(dyn Fn(&InstanceRecord) -> bool + Send + Sync),
        watch: &mut super::watchers::Watch,
    ) -> Result<InstanceRecord, HubError> {
        let mut lineage: Option<ExecutionId> = None;
        loop {
            let (record, first) = self.look_at(id).await?;
            if *lineage.get_or_insert_with(|| first.clone()) != first {
                return Err(not_found(format_args!(
                    "instance `{id}` any more: another has its id"
                )));
            }
            let is_known = |wanted: &ExecutionId| first == *wanted || record.execution == *wanted;
            if let Some(wanted) = execution.filter(|wanted| !is_known(wanted))
                && lineage.as_ref() != Some(wanted)
            {
                return Err(not_found(format_args!("execution `{wanted}` of instance `{id}`")));
            }
            if predicate(&record) {
                return Ok(record);
            }
            let interval = self.settings.status_interval;
            first_of(watch.changed(), self.pause(interval)).await;
        }
    }

    async fn look_at(&self, id: &InstanceId) -> Result<(InstanceRecord, ExecutionId), HubError> {
        let held = self.with(|state| {
            let first = state.residents.get(id).map(|it| it.first_execution.clone());
            state.record(id).zip(first)
        });
        if let Some(held) = held {
            return Ok(held);
        }
        let row = self
            .look_at_row(id)
            .await?
            .ok_or_else(|| not_found(format_args!("instance `{id}`")))?;
        let first = row.started_as.unwrap_or_else(|| row.record.execution.clone());
        let mut record = row.record;
        self.complete(&mut record);
        Ok((record, first))
    }
}
