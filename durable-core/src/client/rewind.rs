//! Rewinding a failed instance.
//!
//! The turns from the failure on are cut off, and a new execution goes on from what is left: activities that failed run
//! again, what else the turns had received is delivered again, and failed sub-orchestrations are rewound themselves.

use std::collections::BTreeMap;
use std::pin::Pin;

use super::{ClientError, Instance};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{Event, EventKind, ExecutionStarted, MarkerKind};
use crate::hub::{Amendment, InstanceRecord, InstanceStatus, Outgoing};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::version::{RecordedVersion, Version};

impl Instance {
    /// Rewinds a failed instance on its own version.
    ///
    /// The turn in which it failed is taken back. Activities that failed run again; what succeeded is kept.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Instance};
    /// # async fn example(order: &Instance) -> Result<(), Failure> {
    /// order.rewind("the bank is up again").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rewind(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.rewind_on(None, reason.into()).await
    }

    /// Rewinds a failed instance on another version, if what is kept of its history replays there.
    ///
    /// Whether it does is found by the worker that takes it: if not, the instance is blocked, visibly and intact.
    pub async fn rewind_to(&self, version: Version, reason: impl Into<String>) -> Result<(), ClientError> {
        self.rewind_on(Some(version), reason.into()).await
    }

    fn rewind_on(
        &self,
        version: Option<Version>,
        reason: String,
    ) -> Pin<Box<dyn Future<Output = Result<(), ClientError>> + Send + '_>> {
        // Boxed: a failed sub-orchestration is rewound by the same way.
        Box::pin(async move {
            let record = self.status().await?;
            if record.status != InstanceStatus::Failed {
                let (instance, status) = (self.id.clone(), record.status);
                return Err(ClientError::WrongState {
                    instance,
                    status,
                    operation: "rewound",
                });
            }
            let history = self.history_of(Some(&record.execution)).await?;
            let execution = ExecutionId::from_random(self.client.entropy.draw());
            let version = version.map_or_else(|| record.version.clone(), RecordedVersion::Known);
            let cut = Cut::of(&history.events);
            let mut outgoing = cut.redeliveries(&record, &execution, &version);
            let mut failed_children = Vec::new();
            for (task, child) in cut.open_children() {
                let child = Self::new(self.client.clone(), child.clone());
                match child.status().await {
                    // One that was detached goes its own way.
                    Ok(child_record) if !is_of(&child_record, &self.id) => {}
                    Ok(child_record) => match answer_of(&child_record, task) {
                        Some(kind) => outgoing.push(self.deliver(kind)),
                        None if child_record.status == InstanceStatus::Failed => failed_children.push(child),
                        None => {}
                    },
                    Err(ClientError::NotFound(id)) => outgoing.push(self.deliver(purged(&id, task))),
                    Err(error) => return Err(error),
                }
            }
            let at = self.client.hub.clock().now();
            let events = cut.history(at, &record.execution, &execution, &version, &reason);
            let count = u64::try_from(history.events.len()).unwrap_or(u64::MAX);
            let amendment = Amendment::Rewind {
                execution,
                events,
                version,
                outgoing,
            };
            self.client
                .hub
                .amend(&self.id, &record.execution, count, amendment)
                .await?;
            for child in failed_children {
                child.rewind_on(None, reason.clone()).await?;
            }
            Ok(())
        })
    }

    fn deliver(&self, kind: EventKind) -> Outgoing {
        let event = Event::new(self.client.hub.clock().now(), kind);
        Outgoing::Send {
            to: self.id.clone(),
            execution: None,
            event,
        }
    }
}

/// Returns what a rewind would keep of the history of a failed instance: nothing if even its first turn is lost.
pub(crate) fn kept_by_rewind(history: &[Event]) -> &[Event] {
    Cut::of(history).kept
}

/// A history without the turn that failed it.
struct Cut<'a> {
    kept: &'a [Event],
    lost: &'a [Event],
}

impl<'a> Cut<'a> {
    fn of(history: &'a [Event]) -> Self {
        let is_start = |event: &Event| matches!(event.kind, EventKind::OrchestratorStarted);
        let turns: Vec<usize> = (0..history.len())
            .filter(|at| history.get(*at).is_some_and(is_start))
            .collect();
        let mut cut = turns.last().copied().unwrap_or(0);
        // A failure that the code took no step after has not been dealt with: it is what the end came from, though the
        // code may have waited for something else first. It is tried again, and what came since is delivered again.
        for window in turns.windows(2).rev() {
            let &[from, to] = window else { break };
            let turn = history.get(from..to).unwrap_or_default();
            if turn.iter().any(|event| is_step(&event.kind)) {
                break;
            }
            if turn.iter().any(|event| is_failure(&event.kind)) {
                cut = from;
            }
        }
        let (kept, lost) = history.split_at(cut);
        if kept
            .iter()
            .any(|event| matches!(event.kind, EventKind::ExecutionStarted(_)))
        {
            Self { kept, lost }
        } else {
            // What stands before the first turn, a move, is in the version that the instance has.
            Self {
                kept: &[],
                lost: history,
            }
        }
    }

    /// Returns what the lost turn had received and gets again; failures are tried again instead.
    fn redeliveries(
        &self,
        record: &InstanceRecord,
        execution: &ExecutionId,
        version: &RecordedVersion,
    ) -> Vec<Outgoing> {
        let send = |event: Event| Outgoing::Send {
            to: record.instance.clone(),
            execution: None,
            event,
        };
        self.lost
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::ExecutionStarted(started) => {
                    // Even the first turn is lost: the instance starts again, as the new execution.
                    let (execution, version) = (execution.clone(), version.clone());
                    let started = ExecutionStarted {
                        execution,
                        version,
                        scheduled_start: None,
                        ..(**started).clone()
                    };
                    Some(Event {
                        kind: EventKind::ExecutionStarted(Box::new(started)),
                        ..event.clone()
                    })
                }
                EventKind::TaskCompleted { .. }
                | EventKind::SubOrchestrationInstanceCompleted { .. }
                | EventKind::TimerFired { .. }
                | EventKind::EventRaised { .. } => Some(event.clone()),
                _ => None,
            })
            .map(send)
            .collect()
    }

    /// Returns the sub-orchestrations that what is kept waits for, unless the lost turn brought their value.
    fn open_children(&self) -> BTreeMap<TaskId, &InstanceId> {
        let mut open = BTreeMap::new();
        for event in self.kept {
            match &event.kind {
                EventKind::SubOrchestrationInstanceCreated { task, instance, .. } => {
                    open.insert(*task, instance);
                }
                EventKind::SubOrchestrationInstanceCompleted { task, .. }
                | EventKind::SubOrchestrationInstanceFailed { task, .. } => {
                    open.remove(task);
                }
                _ => {}
            }
        }
        for event in self.lost {
            if let EventKind::SubOrchestrationInstanceCompleted { task, .. } = &event.kind {
                open.remove(task);
            }
        }
        open
    }

    /// Returns the new execution's history so far; empty if even the first turn is lost.
    fn history(
        &self,
        at: crate::Timestamp,
        from: &ExecutionId,
        execution: &ExecutionId,
        version: &RecordedVersion,
        reason: &str,
    ) -> Vec<Event> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        let rewound = EventKind::ExecutionRewound {
            reason: reason.to_owned(),
            from: from.clone(),
            execution: execution.clone(),
            version: version.clone(),
        };
        self.kept
            .iter()
            .cloned()
            .chain([Event::new(at, rewound)])
            .collect()
    }
}

/// Returns what an ended sub-orchestration tells its parent again; nothing if it goes on, or is to be rewound.
fn answer_of(record: &InstanceRecord, task: TaskId) -> Option<EventKind> {
    let failed = |origin| {
        let failure = record
            .failure
            .clone()
            .unwrap_or_else(|| FailureDetails::new(origin, "Ended", "it ended"));
        EventKind::SubOrchestrationInstanceFailed {
            task,
            failure: FailureDetails { origin, ..failure },
        }
    };
    match record.status {
        InstanceStatus::Completed => record
            .output
            .clone()
            .map(|result| EventKind::SubOrchestrationInstanceCompleted { task, result }),
        InstanceStatus::Terminated => Some(failed(FailureOrigin::Terminated)),
        InstanceStatus::Canceled => Some(failed(FailureOrigin::Cancelled)),
        InstanceStatus::Pending
        | InstanceStatus::Running
        | InstanceStatus::Suspended
        | InstanceStatus::Failed => None,
    }
}

fn is_of(child: &InstanceRecord, parent: &InstanceId) -> bool {
    child.parent.as_ref().is_some_and(|of| of.instance == *parent)
}

/// Returns what the parent is told of a child that is gone. If nobody waits for it, it has no effect.
fn purged(child: &InstanceId, task: TaskId) -> EventKind {
    let text = format!("the sub-orchestration `{child}` was purged, so it cannot be rewound with its caller");
    let failure = FailureDetails::new(FailureOrigin::Infrastructure, "Purged", text).non_retriable();
    EventKind::SubOrchestrationInstanceFailed { task, failure }
}

fn is_failure(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskFailed { .. } | EventKind::SubOrchestrationInstanceFailed { .. }
    )
}

/// Returns whether the event records something that the code did. That a failure is not retried is no step.
fn is_step(kind: &EventKind) -> bool {
    match kind {
        EventKind::TaskScheduled { .. }
        | EventKind::SubOrchestrationInstanceCreated { .. }
        | EventKind::TimerCreated { .. }
        | EventKind::EventSent { .. } => true,
        EventKind::Marker(marker) => {
            matches!(marker.kind, MarkerKind::SideEffect | MarkerKind::RetryPolicy)
        }
        EventKind::OrchestratorStarted
        | EventKind::OrchestratorCompleted
        | EventKind::ExecutionStarted(_)
        | EventKind::ExecutionCompleted(_)
        | EventKind::ExecutionTerminated { .. }
        | EventKind::ExecutionSuspended { .. }
        | EventKind::ExecutionResumed { .. }
        | EventKind::ExecutionRewound { .. }
        | EventKind::ContinueAsNew { .. }
        | EventKind::TaskCompleted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::SubOrchestrationInstanceCompleted { .. }
        | EventKind::SubOrchestrationInstanceFailed { .. }
        | EventKind::TimerFired { .. }
        | EventKind::EventRaised { .. } => false,
    }
}
