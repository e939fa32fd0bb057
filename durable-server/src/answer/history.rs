//! `historyEvents`: a history as Durable Functions' clients read it.
//!
//! Rows of scheduling are merged into those of their results, and what only the engine needs is left out.

use std::collections::BTreeMap;

use durable_core::history::{CompletionStatus, Event, EventKind};
use durable_core::{FailureDetails, Payload, TaskId, Timestamp};
use serde_json::{Map, Value, json};

use super::value_of;

/// Makes the rows of a history, oldest first.
pub(crate) fn history_events(events: &[Event], show_output: bool, show_input: bool) -> Vec<Value> {
    let mut rows = Rows {
        all: Vec::with_capacity(events.len()),
        scheduled: BTreeMap::new(),
        show_output,
        show_input,
    };
    for event in events {
        rows.take(event);
    }
    rows.all.into_iter().flatten().map(Value::Object).collect()
}

struct Rows {
    /// A row that was merged into a later one leaves a gap.
    all: Vec<Option<Map<String, Value>>>,
    scheduled: BTreeMap<TaskId, Scheduled>,
    show_output: bool,
    show_input: bool,
}

struct Scheduled {
    row: usize,
    at: Timestamp,
    name: String,
    input: Payload,
}

impl Rows {
    fn take(&mut self, event: &Event) {
        let (kind, at) = (&event.kind, event.at);
        match kind {
            // What takes no part in what people ask, and what later rows carry.
            EventKind::OrchestratorStarted | EventKind::OrchestratorCompleted => {}
            EventKind::ExecutionStarted(started) => {
                let mut fields = vec![("FunctionName", json!(started.name))];
                fields.extend(self.input(&started.input));
                if let Some(start) = started.scheduled_start {
                    fields.push(("ScheduledStartTime", json!(start.to_string())));
                }
                self.push(kind.name(), at, fields);
            }
            EventKind::ExecutionCompleted(status) => self.ended(at, status),
            EventKind::ContinueAsNew { input, .. } => {
                let mut fields = vec![("OrchestrationStatus", json!("ContinuedAsNew"))];
                fields.extend(self.result(input));
                self.push(kind.name(), at, fields);
            }
            EventKind::TaskScheduled { .. }
            | EventKind::SubOrchestrationInstanceCreated { .. }
            | EventKind::TaskCompleted { .. }
            | EventKind::SubOrchestrationInstanceCompleted { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::SubOrchestrationInstanceFailed { .. } => self.call(kind, at),
            EventKind::TimerCreated { fire_at, .. } | EventKind::TimerFired { fire_at, .. } => {
                self.push(kind.name(), at, vec![("FireAt", json!(fire_at.to_string()))]);
            }
            EventKind::EventSent {
                instance,
                name,
                input,
                ..
            } => {
                let mut fields = vec![("InstanceId", json!(instance)), ("Name", json!(name))];
                fields.extend(self.input(input));
                self.push(kind.name(), at, fields);
            }
            EventKind::EventRaised { name, input } => {
                let mut fields = vec![("Name", json!(name))];
                fields.extend(self.input(input));
                self.push(kind.name(), at, fields);
            }
            EventKind::ExecutionTerminated { reason } => {
                self.push(kind.name(), at, vec![("Input", json!(reason))]);
            }
            EventKind::ExecutionSuspended { reason }
            | EventKind::ExecutionResumed { reason }
            | EventKind::ExecutionRewound { reason, .. } => {
                self.push(kind.name(), at, vec![("Reason", json!(reason))]);
            }
            // The Durable Task Framework has no event for it; its Azure storage holds it as a generic one.
            EventKind::Marker(marker) => {
                let mut fields = vec![("Name", json!(marker.kind))];
                if self.show_output {
                    fields.push(("Data", json!(marker.data)));
                }
                self.push("GenericEvent", at, fields);
            }
        }
    }

    /// Takes what belongs to a call.
    fn call(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::TaskScheduled {
                task, name, input, ..
            }
            | EventKind::SubOrchestrationInstanceCreated {
                task, name, input, ..
            } => {
                let (row, text) = (self.all.len(), name.to_string());
                let mut fields = vec![("Name", json!(text))];
                fields.extend(self.input(input));
                let (name, input) = (text, input.clone());
                self.scheduled.insert(*task, Scheduled { row, at, name, input });
                self.push(kind.name(), at, fields);
            }
            EventKind::TaskCompleted { task, result }
            | EventKind::SubOrchestrationInstanceCompleted { task, result } => {
                let mut fields = self.merged(*task);
                fields.extend(self.result(result));
                self.push(kind.name(), at, fields);
            }
            EventKind::TaskFailed { task, failure }
            | EventKind::SubOrchestrationInstanceFailed { task, failure } => {
                let mut fields = self.merged(*task);
                fields.extend(failed(failure));
                self.push(kind.name(), at, fields);
            }
            // `take` gives nothing else.
            _ => {}
        }
    }

    fn ended(&mut self, at: Timestamp, status: &CompletionStatus) {
        let (name, rest) = match status {
            CompletionStatus::Completed(output) => ("Completed", self.result(output)),
            CompletionStatus::Failed(failure) => ("Failed", self.text_result(&failure.to_string())),
            CompletionStatus::Canceled(failure) => ("Canceled", self.text_result(&failure.to_string())),
            CompletionStatus::Terminated(reason) => ("Terminated", self.text_result(reason)),
        };
        let mut fields = vec![("OrchestrationStatus", json!(name))];
        fields.extend(rest);
        self.push("ExecutionCompleted", at, fields);
    }

    /// What a row of a result takes over from that of its call, which is dropped.
    fn merged(&mut self, task: TaskId) -> Vec<(&'static str, Value)> {
        let Some(scheduled) = self.scheduled.remove(&task) else {
            return Vec::new();
        };
        if let Some(row) = self.all.get_mut(scheduled.row) {
            *row = None;
        }
        let mut fields = vec![
            ("ScheduledTime", json!(scheduled.at.to_string())),
            ("FunctionName", json!(scheduled.name)),
        ];
        fields.extend(self.input(&scheduled.input));
        fields
    }

    fn input(&self, input: &Payload) -> Option<(&'static str, Value)> {
        self.show_input.then(|| ("Input", value_of(input)))
    }

    fn result(&self, result: &Payload) -> Option<(&'static str, Value)> {
        self.show_output.then(|| ("Result", value_of(result)))
    }

    fn text_result(&self, text: &str) -> Option<(&'static str, Value)> {
        self.show_output.then(|| ("Result", json!(text)))
    }

    fn push(&mut self, kind: &str, at: Timestamp, fields: Vec<(&'static str, Value)>) {
        let mut row = Map::new();
        row.insert("EventType".to_owned(), kind.into());
        row.insert("Timestamp".to_owned(), at.to_string().into());
        row.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.all.push(Some(row));
    }
}

fn failed(failure: &FailureDetails) -> [(&'static str, Value); 2] {
    [
        ("Reason", json!(failure.message)),
        ("Details", json!(failure.to_string())),
    ]
}
