//! What is asked of the hub.

use std::sync::Arc;

use durable_core::hub::wire::{Found, HistoryPart};
use durable_core::hub::{
    Fence, HubError, HubErrorKind, HubFuture, InstanceQuery, InstanceRecord, LoadedHistory,
    ManagementQueries, Page, VersionCount, WorkerRecord,
};
use durable_core::{ExecutionId, InstanceId};

use crate::call::Call;
use crate::hub::RemoteHub;
use crate::server::Server;

/// How often a history is read from its beginning that goes over to another execution while it is read.
const READS_MAX: usize = 5;

impl ManagementQueries for RemoteHub {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let call = Call::get("/instances/{}", instance.as_str());
        Box::pin(async move {
            let Found { record } = self.server.ask(call).await?;
            Ok(record)
        })
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        Box::pin(async move {
            self.server
                .ask(Call::post("/query", "").asking().with(&query)?)
                .await
        })
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let (instance, execution) = (instance.clone(), execution.cloned());
        Box::pin(async move {
            for _ in 0..READS_MAX {
                match read(&self.server, &instance, execution.clone()).await? {
                    Read::Whole(history) => return Ok(history),
                    Read::Torn => {}
                }
            }
            let text = format!("instance `{instance}` goes on faster than its history can be read");
            Err(HubError::new(HubErrorKind::Unavailable, text))
        })
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        Box::pin(self.server.ask(Call::get("/versions", "")))
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        Box::pin(self.server.ask(Call::get("/fences", "")))
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        Box::pin(self.server.ask(Call::get("/workers", "")))
    }
}

/// What reading a history part by part has come to.
enum Read {
    Whole(Option<LoadedHistory>),
    /// Another execution was current before the last part was there.
    Torn,
}

async fn read(
    server: &Arc<Server>,
    instance: &InstanceId,
    mut execution: Option<ExecutionId>,
) -> Result<Read, HubError> {
    let mut whole: Option<LoadedHistory> = None;
    let mut after = None;
    loop {
        let mut call = Call::get("/instances/{}/history", instance.as_str());
        if let Some(execution) = &execution {
            call = call.parameter("execution", execution.as_str());
        }
        if let Some(after) = after {
            call = call.parameter("after", &u64::to_string(&after));
        }
        let HistoryPart { history, next } = server.ask(call).await?;
        match (&mut whole, history) {
            (None, None) => return Ok(Read::Whole(None)),
            (Some(_), None) => return Ok(Read::Torn),
            (None, Some(first)) => {
                // Further parts are of the same execution, or none at all.
                execution = Some(first.execution.clone());
                whole = Some(first);
            }
            (Some(whole), Some(part)) => whole.events.extend(part.events),
        }
        if next.is_none() {
            return Ok(Read::Whole(whole));
        }
        after = next;
    }
}
