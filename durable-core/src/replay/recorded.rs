//! What is read from a history before it is replayed.
//!
//! A side effect's value is wanted at the moment its future is polled, but stands further on in the history, after the
//! events of the turn. So decisions that carry data are looked up by task, and only their order is matched.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::halt::{Halt, HaltReason};
use crate::history::{ENGINE_SEMANTICS, Event, EventKind, Marker, MarkerKind};
use crate::id::TaskId;
use crate::retry::RetryPolicy;
use crate::version::RecordedVersion;

/// The greatest form version of a marker's data that this release reads, and the one it writes.
pub(crate) const MARKER_FORM: u16 = 1;

/// The data of a `RetryPolicy` marker: what is in force for a call, whatever the code says later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RetryRecord {
    pub(crate) policy: Option<RetryPolicy>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) total_timeout: Option<Duration>,
    /// Left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat: Option<Duration>,
    /// Decides the jitter of every delay.
    pub(crate) seed: u64,
}

/// The looked-up decisions of a history.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    side_effects: BTreeMap<TaskId, String>,
    retries: BTreeMap<TaskId, RetryRecord>,
    verdicts: BTreeMap<TaskId, bool>,
    /// One more than the greatest task id that a decision of the history has.
    tasks: u32,
    /// What a blank version was resolved to.
    resolved: Option<RecordedVersion>,
}

impl Recorded {
    /// Reads a history.
    pub(super) fn scan(history: &[Event]) -> Result<Self, Halt> {
        let mut recorded = Self::default();
        for (step, event) in (0_u64..).zip(history) {
            let task = match &event.kind {
                EventKind::TaskScheduled { task, .. }
                | EventKind::SubOrchestrationInstanceCreated { task, .. }
                | EventKind::TimerCreated { task, .. }
                | EventKind::EventSent { task, .. } => Some(*task),
                EventKind::Marker(marker) => recorded.note(marker).map_err(|halt| halt.at_step(step))?,
                _ => None,
            };
            if let Some(TaskId(task)) = task {
                recorded.tasks = recorded.tasks.max(task.saturating_add(1));
            }
        }
        Ok(recorded)
    }

    fn note(&mut self, marker: &Marker) -> Result<Option<TaskId>, Halt> {
        if marker.version > MARKER_FORM {
            let message = format!(
                "a {:?} marker has form version {}; this release reads up to {MARKER_FORM}",
                marker.kind, marker.version
            );
            return Err(Halt::new(HaltReason::Unreadable, message));
        }
        match (marker.kind, marker.task) {
            (MarkerKind::SideEffect, Some(task)) => {
                self.side_effects.insert(task, marker.data.clone());
                Ok(Some(task))
            }
            (MarkerKind::RetryPolicy, Some(task)) => {
                self.retries.insert(task, read(marker)?);
                Ok(None)
            }
            (MarkerKind::RetryVerdict, Some(task)) => {
                self.verdicts.insert(task, read(marker)?);
                Ok(None)
            }
            (MarkerKind::EngineSemantics, _) => {
                let semantics: u32 = read(marker)?;
                if semantics > ENGINE_SEMANTICS {
                    let message = format!(
                        "the history was written by semantics version {semantics} of the engine; this release knows up to {ENGINE_SEMANTICS}"
                    );
                    return Err(Halt::new(HaltReason::Unreadable, message));
                }
                Ok(None)
            }
            (MarkerKind::VersionResolved, _) => {
                self.resolved = Some(read(marker)?);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Takes over from a turn that was made already what code that runs once brought forth.
    ///
    /// Nothing else of it: the tasks do not count as recorded, or their inputs would not be compared.
    pub(super) fn prescribe(&mut self, events: &[Event]) {
        for event in events {
            let EventKind::Marker(marker) = &event.kind else {
                continue;
            };
            match (marker.kind, marker.task) {
                (MarkerKind::SideEffect, Some(task)) => {
                    self.side_effects.insert(task, marker.data.clone());
                }
                (MarkerKind::RetryVerdict, Some(task)) => {
                    if let Ok(again) = serde_json::from_str(&marker.data) {
                        self.verdicts.insert(task, again);
                    }
                }
                _ => {}
            }
        }
    }

    /// Returns what a blank version was resolved to.
    pub(super) fn resolved_version(&self) -> Option<&RecordedVersion> {
        self.resolved.as_ref()
    }

    /// Returns whether the history has a decision of this task or a later one.
    pub(super) fn has_task(&self, task: TaskId) -> bool {
        task.0 < self.tasks
    }

    pub(super) fn side_effect(&self, task: TaskId) -> Option<&str> {
        self.side_effects.get(&task).map(String::as_str)
    }

    pub(super) fn retry(&self, first_attempt: TaskId) -> Option<&RetryRecord> {
        self.retries.get(&first_attempt)
    }

    pub(super) fn verdict(&self, failed: TaskId) -> Option<bool> {
        self.verdicts.get(&failed).copied()
    }
}

fn read<T: serde::de::DeserializeOwned>(marker: &Marker) -> Result<T, Halt> {
    serde_json::from_str(&marker.data).map_err(|error| {
        let message = format!("the data of a {:?} marker cannot be read: {error}", marker.kind);
        Halt::new(HaltReason::Unreadable, message)
    })
}
