//! Waiting, by long polls: the server answers when there is something to tell, or when the time of the poll is over.

use std::time::{Duration, Instant};

use durable_core::hub::wire::Waited;
use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{ExecutionId, InstanceId};

use crate::call::Call;
use crate::hub::RemoteHub;

/// How long a poll that came to nothing lasts at least, whatever the server's limits are: nothing is asked fast.
const LEAST: Duration = Duration::from_secs(1);

/// Waits until an execution has ended.
pub(crate) async fn for_end(
    hub: &RemoteHub,
    instance: InstanceId,
    execution: Option<ExecutionId>,
) -> Result<InstanceRecord, HubError> {
    let mut call = poll(hub, "/instances/{}/end", &instance);
    if let Some(execution) = &execution {
        call = call.parameter("execution", execution.as_str());
    }
    loop {
        let begun = Instant::now();
        let waited: Waited = hub.server.ask(call).await?;
        if let Some(record) = waited.record {
            return Ok(record);
        }
        rest(hub, begun).await?;
        // From now on the instance is known by its time of start: the execution may have been followed by others.
        call = poll(hub, "/instances/{}/end", &instance);
        call = call.parameter("created", &waited.created_at.as_micros().to_string());
    }
}

/// Waits until the record satisfies the predicate. Asked once for each state that the record was found in.
pub(crate) async fn for_change(
    hub: &RemoteHub,
    instance: InstanceId,
    predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + '_>,
) -> Result<InstanceRecord, HubError> {
    let mut call = poll(hub, "/instances/{}/change", &instance);
    let mut seen = None;
    loop {
        let begun = Instant::now();
        let waited: Waited = hub.server.ask(call).await?;
        match waited.record {
            Some(record) if predicate(&record) => return Ok(record),
            Some(_) => seen = waited.seen,
            None => rest(hub, begun).await?,
        }
        call = poll(hub, "/instances/{}/change", &instance);
        call = call.parameter("created", &waited.created_at.as_micros().to_string());
        call = call.parameter("seen", seen.as_deref().unwrap_or_default());
    }
}

fn poll(hub: &RemoteHub, route: &'static str, instance: &InstanceId) -> Call {
    Call::get(route, instance.as_str()).waiting(hub.poll)
}

async fn rest(hub: &RemoteHub, begun: Instant) -> Result<(), HubError> {
    let left = LEAST.saturating_sub(begun.elapsed());
    if left.is_zero() {
        return Ok(());
    }
    hub.server.pause(left).await
}
