//! What an instance waits for.

use super::{Item, ItemOutcome, code};
use crate::client::{Client, ClientError};
use crate::hub::{InstanceRecord, InstanceStatus, WorkerRecord};
use crate::id::{InstanceId, TaskId};
use crate::time::Timestamp;

/// A thing that keeps an instance from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// Other code: it is blocked.
    OtherCode {
        /// Since when.
        since: Timestamp,
        /// The first line of the reason.
        message: String,
    },
    /// A worker that has its code.
    Worker {
        /// The orchestrator with its version.
        code: String,
        /// Since when.
        since: Timestamp,
    },
    /// The moment for which its start is scheduled.
    ScheduledStart(Timestamp),
    /// Its first turn.
    FirstTurn,
    /// Being resumed.
    Resume,
    /// Something that it has begun.
    Step {
        /// The kind of the item.
        kind: &'static str,
        /// What tells it from others of its kind.
        what: String,
        /// Its task.
        task: Option<TaskId>,
        /// Since when.
        since: Timestamp,
        /// Whether a live worker can do it; whoever waits for a timer or an instance needs none.
        offered: bool,
        /// The instance that it is about, with its state; without one if it has not been started yet.
        instance: Option<(InstanceId, Option<InstanceStatus>)>,
    },
    /// An external event: nothing else is open. That code waits for one is not recorded, since an event that nobody waits for
    /// is kept all the same.
    Event,
}

/// Says what keeps the instance from its end; nothing if it has ended.
///
/// `items` are those of its present history.
pub async fn waits_for(
    client: &Client,
    record: &InstanceRecord,
    items: &[Item],
) -> Result<Vec<Wait>, ClientError> {
    if record.status.is_ended() {
        return Ok(Vec::new());
    }
    let workers = client.workers().await?;
    let mut waits = of_the_instance(record);
    for item in items.iter().filter(|item| item.outcome == ItemOutcome::Open) {
        waits.push(of_an_item(client, item, &workers).await?);
    }
    if waits.is_empty() && record.status == InstanceStatus::Running {
        waits.push(Wait::Event);
    }
    Ok(waits)
}

fn of_the_instance(record: &InstanceRecord) -> Vec<Wait> {
    let mut waits = Vec::new();
    if let Some(report) = &record.blocked {
        waits.push(Wait::OtherCode {
            since: report.since,
            message: report.message.lines().next().unwrap_or_default().to_owned(),
        });
    }
    if let Some(since) = record.stalled_since {
        let code = code(&record.name, &record.version);
        waits.push(Wait::Worker { code, since });
    }
    match (record.status, record.scheduled_start) {
        (InstanceStatus::Pending, Some(due)) => waits.push(Wait::ScheduledStart(due)),
        (InstanceStatus::Pending, None) if waits.is_empty() => waits.push(Wait::FirstTurn),
        (InstanceStatus::Suspended, _) => waits.push(Wait::Resume),
        _ => {}
    }
    waits
}

async fn of_an_item(client: &Client, item: &Item, workers: &[WorkerRecord]) -> Result<Wait, ClientError> {
    let mut offers = workers.iter().flat_map(|worker| &worker.activities);
    let offered = item.kind != "activity" || offers.any(|key| key.to_string() == item.what);
    let instance = match &item.instance {
        Some(child) => {
            let record = client.hub().get(child).await?;
            Some((child.clone(), record.map(|record| record.status)))
        }
        None => None,
    };
    Ok(Wait::Step {
        kind: item.kind,
        what: item.what.clone(),
        task: item.task,
        since: item.at,
        offered,
        instance,
    })
}
