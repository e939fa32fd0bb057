//! What clients do with the hub.

use durable_core::hub::wire::{Amend, Completion, Lowered, NewEvent, NewImport};
use durable_core::hub::{
    Amendment, ClientOperations, CompletionToken, Fence, FenceId, HubFuture, Import, InstanceQuery,
    InstanceRecord, PurgeReport, Signal, StartOutcome, StartRequest,
};
use durable_core::{ExecutionId, FailureDetails, InstanceId, Payload};

use crate::call::Call;
use crate::hub::RemoteHub;
use crate::waiting;

impl ClientOperations for RemoteHub {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        // Its execution id makes it one start, however often it is sent.
        Box::pin(async move {
            self.server
                .ask(Call::post("/start", "").repeated().with(&request)?)
                .await
        })
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let instance = instance.clone();
        Box::pin(async move {
            let call = match signal {
                Signal::Event { name, input } => {
                    Call::post("/instances/{}/events", instance.as_str()).with(&NewEvent { name, input })?
                }
                Signal::Terminate { .. }
                | Signal::Cancel { .. }
                | Signal::Suspend { .. }
                | Signal::Resume { .. } => {
                    Call::post("/instances/{}/signal", instance.as_str()).with(&signal)?
                }
            };
            self.server.tell(call).await
        })
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        let activity = token.0.clone();
        Box::pin(async move {
            let completion = Completion { activity, result };
            let call = Call::post("/activities/completion", "").with(&completion)?;
            self.server.tell(call).await
        })
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        Box::pin(waiting::for_end(self, instance.clone(), execution))
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        Box::pin(waiting::for_change(self, instance.clone(), predicate))
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let instance = instance.clone();
        let amend = Amend {
            execution: execution.clone(),
            event_count,
            amendment,
        };
        Box::pin(async move {
            let call = Call::post("/instances/{}/amendment", instance.as_str()).with(&amend)?;
            self.server.tell(call).await
        })
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        // The same import twice is one.
        Box::pin(async move {
            let call = Call::post("/import", "")
                .repeated()
                .with(&NewImport::from(&import))?;
            self.server.tell(call).await
        })
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        // It replaces the one of its name, and so itself.
        Box::pin(async move {
            self.server
                .tell(Call::post("/fences", "").repeated().with(&fence)?)
                .await
        })
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        let call = Call::delete("/fences/{}", id.as_str());
        Box::pin(async move {
            let Lowered { lowered } = self.server.ask(call).await?;
            Ok(lowered)
        })
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        let call = Call::post("/instances/{}/purge", instance.as_str());
        let recursive = if recursive { "true" } else { "false" };
        Box::pin(self.server.ask(call.parameter("recursive", recursive)))
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        Box::pin(async move { self.server.ask(Call::post("/purge", "").with(&query)?).await })
    }
}
