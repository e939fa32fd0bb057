//! Makes items of events.

use std::collections::BTreeMap;

use durable_core::history::{CompletionStatus, Event, EventKind, Marker, MarkerKind};
use durable_core::{Payload, TaskId, Timestamp};

use crate::form;

use super::calls::{Callee, Calls, TimerUse};
use super::item::{Item, Outcome};

/// Reads a history.
pub(crate) fn read(events: &[Event]) -> Vec<Item> {
    let mut reader = Reader::default();
    for (step, event) in events.iter().enumerate() {
        reader.event(step, event);
    }
    if reader.ended {
        let open = reader
            .items
            .iter_mut()
            .filter(|item| item.outcome == Outcome::Open);
        open.for_each(|item| item.outcome = Outcome::Left);
    }
    reader.items
}

#[derive(Default)]
struct Reader {
    items: Vec<Item>,
    /// Where the items of tasks are.
    tasks: BTreeMap<TaskId, usize>,
    calls: Calls,
    /// The moment of the turn.
    now: Option<Timestamp>,
    ended: bool,
}

impl Reader {
    fn event(&mut self, step: usize, event: &Event) {
        let at = event.at;
        let item = |kind, what: String| Item::new(step, at, kind, what);
        match &event.kind {
            EventKind::OrchestratorStarted => self.now = Some(at),
            EventKind::OrchestratorCompleted => {}
            EventKind::ExecutionStarted(started) => {
                let what = form::code(&started.name, &started.version);
                self.items.push(item("started", what).with_input(&started.input));
            }
            EventKind::ExecutionCompleted(status) => self.completed(step, at, status),
            EventKind::ExecutionTerminated { reason } => {
                self.last(item("terminated", reason.clone()));
            }
            EventKind::ExecutionSuspended { reason } => self.items.push(item("suspended", reason.clone())),
            EventKind::ExecutionResumed { reason } => self.items.push(item("resumed", reason.clone())),
            EventKind::ExecutionRewound { reason, version, .. } => {
                let colon = if reason.is_empty() { "" } else { ": " };
                let what = format!("on version {version}{colon}{reason}");
                self.items.push(item("rewound", what));
            }
            EventKind::ContinueAsNew { version, input, .. } => {
                let what = format!("with version {version}");
                self.last(item("continued as new", what).with_input(input));
            }
            EventKind::TaskScheduled {
                task,
                name,
                version,
                input,
            } => {
                let call = item("activity", String::new());
                self.call(call, *task, (name.clone(), version.clone(), input.clone()));
            }
            EventKind::SubOrchestrationInstanceCreated {
                task,
                instance,
                name,
                version,
                input,
            } => {
                let call = item("sub-orchestration", String::new()).with_instance(instance);
                self.call(call, *task, (name.clone(), version.clone(), input.clone()));
            }
            EventKind::TaskCompleted { task, result }
            | EventKind::SubOrchestrationInstanceCompleted { task, result } => {
                self.end(*task, at, Outcome::Done(Some(result.clone())));
            }
            EventKind::TaskFailed { task, failure }
            | EventKind::SubOrchestrationInstanceFailed { task, failure } => {
                self.calls.failed(*task);
                self.end(*task, at, Outcome::Failed(failure.clone()));
            }
            EventKind::TimerCreated { task, fire_at } => self.timer(step, at, *task, *fire_at),
            EventKind::TimerFired { task, .. } => self.fired(*task, at),
            EventKind::EventSent {
                task,
                instance,
                name,
                input,
            } => {
                let mut sent = item("event sent", name.to_string()).with_input(input);
                sent.task = Some(*task);
                self.items.push(sent.with_instance(instance));
            }
            EventKind::EventRaised { name, input } => {
                self.items.push(item("event", name.to_string()).with_input(input));
            }
            EventKind::Marker(marker) => self.marker(step, at, marker),
        }
    }

    /// Takes what nothing follows.
    fn last(&mut self, item: Item) {
        self.ended = true;
        self.items.push(item);
    }

    fn call(&mut self, mut call: Item, task: TaskId, callee: Callee) {
        call.what = form::code(&callee.0, &callee.1);
        call.input = Some(callee.2.clone());
        call.attempt = self.calls.called(task, callee);
        self.open(task, call);
    }

    fn fired(&mut self, timer: TaskId, at: Timestamp) {
        match self.calls.limited_by(timer) {
            Some(call) => {
                self.calls.failed(call);
                self.end(call, at, Outcome::TimedOut);
            }
            None => self.end(timer, at, Outcome::Done(None)),
        }
    }

    fn completed(&mut self, step: usize, at: Timestamp, status: &CompletionStatus) {
        let terminated = self.items.last().is_some_and(|item| item.kind == "terminated");
        self.ended = true;
        let item = |kind, what: &str| Item::new(step, at, kind, what);
        let ended = match status {
            CompletionStatus::Completed(output) => item("completed", "").with_input(output),
            CompletionStatus::Failed(failure) => item("failed", &failure.to_string()),
            CompletionStatus::Canceled(failure) => item("canceled", &failure.to_string()),
            // The request itself is told.
            CompletionStatus::Terminated(_) if terminated => return,
            CompletionStatus::Terminated(reason) => item("terminated", reason),
        };
        self.items.push(ended);
    }

    fn timer(&mut self, step: usize, at: Timestamp, task: TaskId, fire_at: Timestamp) {
        let item = match self.calls.timer(task, self.now.unwrap_or(at), fire_at) {
            TimerUse::Limit => return,
            TimerUse::Pause { name, attempt } => Item::new(
                step,
                at,
                "pause",
                format!("before attempt {attempt} of {name}, until {fire_at}"),
            ),
            TimerUse::Own => Item::new(step, at, "timer", format!("until {fire_at}")),
        };
        self.open(task, item);
    }

    fn marker(&mut self, step: usize, at: Timestamp, marker: &Marker) {
        let item = |kind, what: String| Item::new(step, at, kind, what);
        let text = || serde_json::from_str(&marker.data).unwrap_or_else(|_| marker.data.clone());
        match marker.kind {
            MarkerKind::RetryPolicy => self.calls.options(marker),
            MarkerKind::SideEffect => {
                let mut effect = item("side effect", String::new());
                effect.input = Payload::from_json(&marker.data).ok();
                effect.task = marker.task;
                self.items.push(effect);
            }
            MarkerKind::VersionResolved => self.items.push(item("version chosen", text())),
            MarkerKind::Moved => self.items.push(item("moved", format!("to version {}", text()))),
            MarkerKind::CancelRequested => self.items.push(item("asked to cancel", text())),
            MarkerKind::EngineSemantics | MarkerKind::RetryVerdict => {}
            // Of a later release: told by its name.
            other => self.items.push(item("marker", format!("{other:?}"))),
        }
    }

    fn open(&mut self, task: TaskId, item: Item) {
        self.tasks.insert(task, self.items.len());
        self.items.push(item.open(task));
    }

    fn end(&mut self, task: TaskId, at: Timestamp, outcome: Outcome) {
        let item = self.tasks.get(&task).and_then(|place| self.items.get_mut(*place));
        // The first answer counts.
        if let Some(item) = item.filter(|item| item.outcome == Outcome::Open) {
            item.end(at, outcome);
        }
    }
}
