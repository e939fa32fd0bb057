//! What the row of an instance says after a commit, by the rules of the framework.

use durable_core::Payload;
use durable_core::history::{CompletionStatus, EventKind};

use super::super::failure::failure_output;
use super::super::large::blob_url;
use super::super::payload::payload_text;
use super::super::time::StoredTime;
use super::super::version_text;
use super::super::{KnownEvent, WireEvent};
use super::columns::{Columns, custom_status_text};
use crate::value::{Row, Ticks, Value};

/// A commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint<'a> {
    /// The hub's name.
    pub(crate) hub: &'a str,
    /// The execution after the commit.
    pub(crate) execution: &'a str,
    /// The custom status after the commit.
    pub(crate) custom_status: Option<&'a Payload>,
    /// The events that are new.
    pub(crate) events: &'a [CheckpointEvent<'a>],
    /// The URL of the container of large messages, without a slash at its end.
    pub(crate) container_url: &'a str,
    /// The present moment.
    pub(crate) now: Ticks,
}

/// An event of a commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckpointEvent<'a> {
    /// The event.
    pub(crate) event: &'a WireEvent,
    /// Its row as it is stored, with what is large in blobs.
    pub(crate) row: &'a Row,
}

impl Checkpoint<'_> {
    /// Returns the columns to insert or merge. What is large is still in them.
    pub(crate) fn columns(&self) -> Vec<(String, Value)> {
        let mut columns = Columns(Vec::new());
        columns.text("CustomStatus", custom_status_text(self.custom_status));
        columns.text("ExecutionId", self.execution);
        let last = self.events.last().and_then(|last| last.row.time("_Timestamp"));
        columns.push("LastUpdatedTime", Value::DateTime(last.unwrap_or(self.now)));
        columns.text("TaskHubName", self.hub);
        for event in self.events {
            let mut added = Columns(Vec::new());
            match event.event {
                WireEvent::Known(known) => self.event(known, event.row, &mut added),
                WireEvent::Foreign(_) => {}
            }
            merge_columns(&mut columns.0, added.0);
        }
        columns.0
    }

    /// Adds what one event changes.
    fn event(&self, known: &KnownEvent, row: &Row, columns: &mut Columns) {
        match &known.event.kind {
            EventKind::ExecutionStarted(started) => {
                columns.text("Name", started.name.as_str());
                columns.text("Version", version_text(&started.version));
                let at = StoredTime::of(known.event.at).with_fine(known.fine);
                columns.stored_time("CreatedTime", at);
                columns.text("RuntimeStatus", "Running");
                columns.tags(&started.tags);
                if let Some(url) = self.url(row, "Tags") {
                    let mut moved = Columns(Vec::new());
                    moved.text("Tags", url);
                    merge_columns(&mut columns.0, moved.0);
                }
                if let Some(generation) = known.start_generation {
                    columns.push("Generation", Value::Int32(generation));
                }
                if let Some(at) = started.scheduled_start {
                    columns.time("ScheduledStartTime", at);
                }
                self.moved(row, "Input", payload_text(&started.input), "Input", columns);
            }
            EventKind::ExecutionCompleted(status) => {
                let (state, output, column) = match status {
                    CompletionStatus::Completed(output) => ("Completed", payload_text(output), "Result"),
                    CompletionStatus::Failed(failure) => ("Failed", failure_output(failure), ""),
                    CompletionStatus::Canceled(failure) => ("Canceled", failure_output(failure), ""),
                    CompletionStatus::Terminated(reason) => ("Terminated", reason.clone(), "Result"),
                };
                columns.text("RuntimeStatus", state);
                columns.push("CompletedTime", Value::DateTime(self.now));
                self.moved(row, column, output, "Output", columns);
            }
            EventKind::ExecutionTerminated { reason } => {
                columns.text("RuntimeStatus", "Terminated");
                columns.push("CompletedTime", Value::DateTime(self.now));
                self.moved(row, "Input", reason.clone(), "Output", columns);
            }
            EventKind::ExecutionSuspended { reason } => {
                columns.text("RuntimeStatus", "Suspended");
                self.moved(row, "Reason", reason.clone(), "Output", columns);
            }
            EventKind::ExecutionResumed { reason } => {
                columns.text("RuntimeStatus", "Running");
                self.moved(row, "Reason", reason.clone(), "Output", columns);
            }
            EventKind::ContinueAsNew { input, .. } => {
                columns.text("RuntimeStatus", "ContinuedAsNew");
                self.moved(row, "Result", payload_text(input), "Output", columns);
            }
            EventKind::OrchestratorStarted
            | EventKind::OrchestratorCompleted
            | EventKind::ExecutionRewound { .. }
            | EventKind::TaskScheduled { .. }
            | EventKind::TaskCompleted { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::SubOrchestrationInstanceCreated { .. }
            | EventKind::SubOrchestrationInstanceCompleted { .. }
            | EventKind::SubOrchestrationInstanceFailed { .. }
            | EventKind::TimerCreated { .. }
            | EventKind::TimerFired { .. }
            | EventKind::EventSent { .. }
            | EventKind::EventRaised { .. }
            | EventKind::Marker(_) => {}
        }
    }

    /// Writes a text, or the URL of the blob that the event's own column was moved to.
    fn moved(&self, row: &Row, from: &str, text: String, to: &str, columns: &mut Columns) {
        columns.text(to, self.url(row, from).unwrap_or(text));
    }

    /// Returns the URL of the blob that a column of an event was moved to, if it was.
    fn url(&self, row: &Row, column: &str) -> Option<String> {
        let blob = row.text(&format!("{column}BlobName"))?;
        Some(blob_url(self.container_url, blob))
    }
}

/// Puts columns over others: each takes the place of one of its name.
pub(crate) fn merge_columns(columns: &mut Vec<(String, Value)>, over: Vec<(String, Value)>) {
    for (name, value) in over {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => columns.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests;
