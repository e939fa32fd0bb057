//! Makes items of events.

use std::collections::BTreeMap;

use super::calls::{Callee, Calls, TimerUse};
use super::code;
use super::item::{Item, ItemOutcome};
use crate::history::{CompletionStatus, Event, EventKind, Marker, MarkerKind};
use crate::id::TaskId;
use crate::payload::Payload;
use crate::time::Timestamp;

/// Reads the history of one execution, whole or as far as it has come. Items are in the order in which they began.
pub fn read(events: &[Event]) -> Vec<Item> {
    let mut reader = Reader::default();
    for (step, event) in events.iter().enumerate() {
        reader.event(step, event);
    }
    if reader.ended {
        let open = reader
            .items
            .iter_mut()
            .filter(|item| item.outcome == ItemOutcome::Open);
        let last = events.len().saturating_sub(1);
        open.for_each(|item| (item.outcome, item.changed) = (ItemOutcome::Left, last));
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
                let what = code(&started.name, &started.version);
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
                self.end(*task, step, at, ItemOutcome::Done(Some(result.clone())));
            }
            EventKind::TaskFailed { task, failure }
            | EventKind::SubOrchestrationInstanceFailed { task, failure } => {
                self.calls.failed(*task);
                self.end(*task, step, at, ItemOutcome::Failed(failure.clone()));
            }
            EventKind::TimerCreated { task, fire_at } => self.timer(step, at, *task, *fire_at),
            EventKind::TimerFired { task, .. } => self.fired(*task, step, at),
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
        call.what = code(&callee.0, &callee.1);
        call.input = Some(callee.2.clone());
        call.attempt = self.calls.called(task, callee);
        self.open(task, call);
    }

    fn fired(&mut self, timer: TaskId, step: usize, at: Timestamp) {
        match self.calls.limited_by(timer) {
            Some(call) => {
                self.calls.failed(call);
                self.end(call, step, at, ItemOutcome::TimedOut);
            }
            None => self.end(timer, step, at, ItemOutcome::Done(None)),
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
        }
    }

    fn open(&mut self, task: TaskId, item: Item) {
        self.tasks.insert(task, self.items.len());
        self.items.push(item.open(task));
    }

    fn end(&mut self, task: TaskId, step: usize, at: Timestamp, outcome: ItemOutcome) {
        let item = self.tasks.get(&task).and_then(|place| self.items.get_mut(*place));
        // The first answer counts.
        if let Some(item) = item.filter(|item| item.outcome == ItemOutcome::Open) {
            item.end(step, at, outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::WireName;
    use crate::version::RecordedVersion;

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
    fn an_item_tells_which_event_changed_it_last() {
        let done = EventKind::TaskCompleted {
            task: TaskId(0),
            result: Payload::unit(),
        };
        let ended = EventKind::ExecutionCompleted(CompletionStatus::Completed(Payload::unit()));
        let events = [
            at(0, scheduled(0)),
            at(1, scheduled(1)),
            at(2, done),
            at(3, ended),
        ];
        let changed = |events: &[Event]| -> Vec<(usize, usize)> {
            read(events)
                .iter()
                .map(|item| (item.step, item.changed))
                .collect()
        };
        assert_eq!(changed(&events[..2]), [(0, 0), (1, 1)]);
        assert_eq!(changed(&events[..3]), [(0, 2), (1, 1)]);
        assert_eq!(
            changed(&events),
            [(0, 2), (1, 3), (3, 3)],
            "what was left is changed by the end"
        );
    }
}
