//! Waiting until an instance is as it is wanted: woken by each change, never by a clock.

use std::sync::atomic::Ordering::Relaxed;

use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{ExecutionId, InstanceId};

use crate::changes::{Awaited, Lineage};
use crate::error::not_found;
use crate::hub::Shared;
use crate::instance::Head;
use crate::record;

/// What is seen of an instance whose end is waited for.
struct Glimpse {
    lineage: Lineage,
    execution: ExecutionId,
    generation: u32,
    /// The whole record, if it has ended.
    ended: Option<InstanceRecord>,
}

impl Shared {
    async fn observe(&self, instance: &InstanceId) -> Result<Option<InstanceRecord>, HubError> {
        let (instance, now) = (instance.clone(), self.options.clock.now());
        self.read(move |conn| record::load(conn, &instance, now)).await
    }

    /// Reads the row alone while the instance has not ended: its record is not asked for yet.
    async fn glimpse(&self, instance: &InstanceId) -> Result<Option<Glimpse>, HubError> {
        let (instance, now) = (instance.clone(), self.options.clock.now());
        self.read(move |conn| {
            let Some(head) = Head::by_name(conn, &instance)? else {
                return Ok(None);
            };
            Ok(Some(Glimpse {
                lineage: Lineage::of(&head),
                execution: head.execution.clone(),
                generation: head.generation,
                ended: if head.status.is_ended() {
                    Some(record::of_head(conn, head, now)?)
                } else {
                    None
                },
            }))
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
        let mut subscription = self.changes.subscribe(instance, Awaited::End);
        let mut followed: Option<Lineage> = None;
        // What was just started here need not be looked up.
        let alive = self.changes.find_alive(instance);
        if let Some(lineage) = alive.filter(|lineage| is_execution(lineage, execution.as_ref())) {
            self.check_open()?;
            let ended = subscription.changed().await;
            if let Some(ended) = ended.filter(|ended| ended.lineage == lineage) {
                self.counters.ends_unread.fetch_add(1, Relaxed);
                return Ok(ended.record.clone());
            }
            followed = Some(lineage);
        }
        loop {
            let gone = || not_found(format!("there is no instance `{instance}`"));
            let glimpse = self.glimpse(instance).await?.ok_or_else(gone)?;
            match &followed {
                Some(followed) if *followed != glimpse.lineage => {
                    return Err(not_found(format!(
                        "the instance `{instance}` was replaced by another of its name"
                    )));
                }
                Some(_) => {}
                None => check_execution(instance, &glimpse, execution.as_ref())?,
            }
            if let Some(record) = glimpse.ended {
                return Ok(record);
            }
            self.check_open()?;
            let ended = subscription.changed().await;
            if let Some(ended) = ended.filter(|ended| ended.lineage == glimpse.lineage) {
                self.counters.ends_unread.fetch_add(1, Relaxed);
                return Ok(ended.record.clone());
            }
            followed = Some(glimpse.lineage);
        }
    }

    /// Waits until the record satisfies a predicate.
    pub(crate) async fn wait_until(
        &self,
        instance: &InstanceId,
        predicate: &(dyn Fn(&InstanceRecord) -> bool + Send + Sync),
    ) -> Result<InstanceRecord, HubError> {
        self.listen();
        let mut subscription = self.changes.subscribe(instance, Awaited::Progress);
        loop {
            let gone = || not_found(format!("there is no instance `{instance}`"));
            let record = self.observe(instance).await?.ok_or_else(gone)?;
            if predicate(&record) {
                return Ok(record);
            }
            self.check_open()?;
            subscription.changed().await;
        }
    }
}

/// Returns whether the instance was started as that execution, or none is asked for.
fn is_execution(lineage: &Lineage, execution: Option<&ExecutionId>) -> bool {
    execution.is_none_or(|execution| *execution == lineage.first_execution)
}

/// Refuses an execution that the instance never had. After a continue-as-new earlier ones are not known by name.
fn check_execution(
    instance: &InstanceId,
    glimpse: &Glimpse,
    execution: Option<&ExecutionId>,
) -> Result<(), HubError> {
    let Some(execution) = execution else {
        return Ok(());
    };
    let is_known = *execution == glimpse.execution || *execution == glimpse.lineage.first_execution;
    if is_known || glimpse.generation > 0 {
        return Ok(());
    }
    Err(not_found(format!(
        "the instance `{instance}` has no execution `{execution}`; it is at `{}`",
        glimpse.execution
    )))
}
