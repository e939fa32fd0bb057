//! What clients do.

use durable_core::history::EventKind;
use durable_core::hub::{
    Amendment, ClientOperations, CompletionToken, Fence, FenceId, HubError, HubFuture, Import, InstanceQuery,
    InstanceRecord, LoadedHistory, ManagementQueries, Page, PurgeReport, Signal, StartOutcome, StartRequest,
    VersionCount, WorkerRecord,
};
use durable_core::{ExecutionId, FailureDetails, InstanceId, Payload};

use super::AzureHub;
use super::children::cancel_letter;
use super::letter::Letter;
use super::shared::Shared;
use super::standing::refuse_ended;
use super::terminate::Terminated;
use crate::error::{conflict, not_found};

impl Shared {
    /// Delivers a signal.
    async fn signal(&self, id: &InstanceId, signal: Signal) -> Result<(), HubError> {
        let kind = match signal {
            Signal::Terminate { reason, recursive } => {
                return match self.terminate(id, &reason, recursive).await? {
                    Terminated::Done => Ok(()),
                    Terminated::HadEnded => Err(conflict(format!("the instance `{id}` has ended"))),
                    Terminated::Missing => Err(not_found(format_args!("instance `{id}`"))),
                };
            }
            Signal::Cancel { reason } => {
                let _lock = self.locks.lock(id).await;
                self.check_receiver(id).await?;
                return self.send(cancel_letter(id, &reason, self.now())).await;
            }
            Signal::Event { name, input } => EventKind::EventRaised { name, input },
            Signal::Suspend { reason } => EventKind::ExecutionSuspended { reason },
            Signal::Resume { reason } => EventKind::ExecutionResumed { reason },
        };
        let _lock = self.locks.lock(id).await;
        let known = self.check_receiver(id).await?;
        if let (EventKind::ExecutionResumed { .. }, Some(known)) = (&kind, known) {
            self.lift_block(id, &known).await?;
        }
        self.send(Letter::to_any(id, self.now(), kind).once()?).await
    }

    /// Refuses an instance that takes no message. The caller has its lock.
    async fn check_receiver(&self, id: &InstanceId) -> Result<Option<crate::wire::InstanceRow>, HubError> {
        if self.owns(id) {
            self.hold(id).await?;
        }
        let known = self.known(id).await?;
        refuse_ended(id, known.as_ref())?;
        Ok(known)
    }
}

impl ClientOperations for AzureHub {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        self.change(move |shared| async move { shared.start(request).await })
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let id = instance.clone();
        self.change(move |shared| async move { shared.signal(&id, signal).await })
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        let token = token.clone();
        self.change(move |shared| async move { shared.complete_from_outside(&token, result).await })
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        let id = instance.clone();
        Box::pin(async move {
            let ended = |record: &InstanceRecord| record.status.is_ended();
            self.owner.shared.wait(&id, execution.as_ref(), &ended).await
        })
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        let id = instance.clone();
        Box::pin(async move { self.owner.shared.wait(&id, None, &predicate).await })
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let (id, execution) = (instance.clone(), execution.clone());
        self.change(move |shared| async move { shared.amend(&id, &execution, event_count, amendment).await })
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        self.change(move |shared| async move { shared.import(&import).await })
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        self.change(move |shared| async move { shared.raise_fence(&fence).await })
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        let id = id.clone();
        self.change(move |shared| async move { shared.lower_fence(&id).await })
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        let id = instance.clone();
        self.change(move |shared| async move { shared.purge(&id, recursive).await })
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        self.change(move |shared| async move { shared.purge_matching(&query).await })
    }
}

impl ManagementQueries for AzureHub {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let id = instance.clone();
        self.owner.run(move |shared| async move { shared.get(&id).await })
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        self.owner
            .run(move |shared| async move { shared.query(&query).await })
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let (id, execution) = (instance.clone(), execution.cloned());
        self.owner
            .run(move |shared| async move { shared.history_of(&id, execution.as_ref()).await })
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        self.owner.run(|shared| async move { shared.list_fences().await })
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.owner
            .run(|shared| async move { shared.version_counts().await })
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        self.owner
            .run(|shared| async move { shared.list_workers().await })
    }
}
