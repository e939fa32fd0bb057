//! Waiting until an instance is as it is wanted: woken by each change, never by a clock.

use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{ExecutionId, InstanceId};

use crate::error::not_found;
use crate::hub::Shared;
use crate::instance::Head;
use crate::record;

/// What tells one start of an instance from another, however often it continues as new.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lineage {
    row: i64,
    first_execution: String,
}

impl Shared {
    async fn observe(&self, instance: &InstanceId) -> Result<Option<(Lineage, InstanceRecord)>, HubError> {
        let (instance, now) = (instance.clone(), self.options.clock.now());
        self.read(move |conn| {
            let Some(head) = Head::by_name(conn, &instance)? else {
                return Ok(None);
            };
            let lineage = Lineage {
                row: head.id,
                first_execution: head.first_execution.clone(),
            };
            Ok(Some((lineage, record::of_head(conn, head, now)?)))
        })
        .await
    }

    /// Waits until the execution, or the one that it continued as, has ended.
    pub(crate) async fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> Result<InstanceRecord, HubError> {
        self.listen();
        // Before the first look, so that no change in between is missed.
        let mut subscription = self.changes.subscribe(instance);
        let mut followed: Option<Lineage> = None;
        loop {
            let gone = || not_found(format!("there is no instance `{instance}`"));
            let (lineage, record) = self.observe(instance).await?.ok_or_else(gone)?;
            match &followed {
                Some(followed) if *followed != lineage => {
                    return Err(not_found(format!(
                        "the instance `{instance}` was replaced by another of its name"
                    )));
                }
                Some(_) => {}
                None => check_execution(&lineage, &record, execution.as_ref())?,
            }
            followed = Some(lineage);
            if record.status.is_ended() {
                return Ok(record);
            }
            self.check_open()?;
            subscription.changed().await;
        }
    }

    /// Waits until the record satisfies a predicate.
    pub(crate) async fn wait_until(
        &self,
        instance: &InstanceId,
        predicate: &(dyn Fn(&InstanceRecord) -> bool + Send + Sync),
    ) -> Result<InstanceRecord, HubError> {
        self.listen();
        let mut subscription = self.changes.subscribe(instance);
        loop {
            let gone = || not_found(format!("there is no instance `{instance}`"));
            let (_, record) = self.observe(instance).await?.ok_or_else(gone)?;
            if predicate(&record) {
                return Ok(record);
            }
            self.check_open()?;
            subscription.changed().await;
        }
    }
}

/// Refuses an execution that the instance never had. After a continue-as-new earlier ones are not known by name.
fn check_execution(
    lineage: &Lineage,
    record: &InstanceRecord,
    execution: Option<&ExecutionId>,
) -> Result<(), HubError> {
    let Some(execution) = execution else {
        return Ok(());
    };
    let is_known = *execution == record.execution || execution.as_str() == lineage.first_execution;
    if is_known || record.generation > 0 {
        return Ok(());
    }
    Err(not_found(format!(
        "the instance `{}` has no execution `{execution}`; it is at `{}`",
        record.instance, record.execution
    )))
}
