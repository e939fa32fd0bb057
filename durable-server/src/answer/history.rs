//! `historyEvents`: a history as Durable Functions' clients read it.
//!
//! Rows of scheduling are merged into those of their results, and what only the engine needs is left out.

use std::collections::BTreeMap;

use durable_core::history::{CompletionStatus, Event, EventKind, Marker};
use durable_core::{FailureDetails, Payload, TaskId, Timestamp, WireName};
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
            EventKind::TaskScheduled {
                task, name, input, ..
            }
            | EventKind::SubOrchestrationInstanceCreated {
                task, name, input, ..
            } => {
                self.scheduled(kind.name(), at, *task, name, input);
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
            EventKind::Marker(marker) => self.marker(at, marker),
        }
    }

    /// Keeps what the row of the result will take over; without a result the row stays.
    fn scheduled(&mut self, kind: &str, at: Timestamp, task: TaskId, name: &WireName, input: &Payload) {
        let row = self.all.len();
        let mut fields = vec![("Name", json!(name))];
        fields.extend(self.input(input));
        self.push(kind, at, fields);
        let (name, input) = (name.to_string(), input.clone());
        self.scheduled.insert(task, Scheduled { row, at, name, input });
    }

    /// The Durable Task Framework has no event for it; its Azure storage holds it as a generic one.
    fn marker(&mut self, at: Timestamp, marker: &Marker) {
        let mut fields = vec![("Name", json!(marker.kind))];
        if self.show_output {
            fields.push(("Data", json!(marker.data)));
        }
        self.push("GenericEvent", at, fields);
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

#[cfg(test)]
mod tests {
    use super::*;
    use durable_core::history::MarkerKind;
    use durable_core::{FailureOrigin, InstanceId, RecordedVersion};

    fn at(micros: i64, kind: EventKind) -> Event {
        Event::new(Timestamp::from_micros(micros), kind)
    }

    fn scheduled(task: u32) -> EventKind {
        EventKind::TaskScheduled {
            task: TaskId(task),
            name: WireName::new("charge").unwrap(),
            version: RecordedVersion::Blank,
            input: Payload::unit(),
        }
    }

    #[test]
    fn a_call_is_one_row_with_its_result_and_stays_alone_without() {
        let failure = FailureDetails::new(FailureOrigin::Application, "Declined", "no money");
        let child = EventKind::SubOrchestrationInstanceCreated {
            task: TaskId(2),
            instance: InstanceId::new("child").unwrap(),
            name: WireName::new("ship").unwrap(),
            version: RecordedVersion::Blank,
            input: Payload::encode(&7).unwrap(),
        };
        let answered = EventKind::SubOrchestrationInstanceCompleted {
            task: TaskId(2),
            result: Payload::encode(&8).unwrap(),
        };
        let failed = EventKind::TaskFailed {
            task: TaskId(1),
            failure,
        };
        let events = [
            at(0, scheduled(1)),
            at(1, child),
            at(2, scheduled(3)),
            at(3, failed),
            at(4, answered),
        ];
        assert_eq!(
            Value::from(history_events(&events, true, true)),
            json!([
                {"EventType": "TaskScheduled", "Timestamp": "1970-01-01T00:00:00.000002Z", "Name": "charge", "Input": null},
                {"EventType": "TaskFailed", "Timestamp": "1970-01-01T00:00:00.000003Z", "FunctionName": "charge",
                 "ScheduledTime": "1970-01-01T00:00:00Z", "Input": null, "Reason": "no money",
                 "Details": "Declined: no money"},
                {"EventType": "SubOrchestrationInstanceCompleted", "Timestamp": "1970-01-01T00:00:00.000004Z",
                 "FunctionName": "ship", "ScheduledTime": "1970-01-01T00:00:00.000001Z", "Input": 7, "Result": 8},
            ])
        );
    }

    #[test]
    fn what_only_the_engine_needs_is_left_out_and_values_are_shown_when_asked_for() {
        let marker = EventKind::Marker(Marker {
            kind: MarkerKind::SideEffect,
            version: 1,
            task: None,
            data: "42".to_owned(),
        });
        let events = [
            at(0, EventKind::OrchestratorStarted),
            at(1, marker),
            at(2, EventKind::OrchestratorCompleted),
        ];
        let rows = history_events(&events, false, false);
        assert_eq!(
            Value::from(rows),
            json!([{"EventType": "GenericEvent", "Timestamp": "1970-01-01T00:00:00.000001Z", "Name": "SideEffect"}])
        );
        assert_eq!(history_events(&events, true, false)[0]["Data"], json!("42"));
    }
}
