//! What is stored of an instance, and what becomes of a message for it (sections 11.5, 12 and 13 of the specification).

use serde_json::Value;

use super::super::episode::is;
use super::super::queue::Received;
use crate::tables::{Columns, text};

/// A response that comes so often for an instance without a history will never find one.
const ZOMBIE: u32 = 5;

/// An instance as an episode begins.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The sentinel's, if there is one.
    pub(super) etag: Option<String>,
    /// The execution that the history is of, or that begins.
    pub(super) execution: Option<String>,
    /// The events of that execution.
    pub(super) history: Vec<Columns>,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It belongs to the episode.
    Take,
    /// It is known already, or nobody will ever want it.
    Discard,
    /// What it answers may be stored yet.
    Later,
    /// It starts an execution, if the instance's row says so.
    Judge,
    /// It terminates what has not begun.
    Orphan,
}

impl Loaded {
    pub(super) fn from(rows: Vec<Columns>) -> Self {
        let sentinel = rows.iter().find(|row| text(row, "RowKey") == Some("sentinel"));
        let of_sentinel = |column| sentinel.and_then(|row| text(row, column)).map(str::to_owned);
        let (etag, execution) = (of_sentinel("odata.etag"), of_sentinel("ExecutionId"));
        // Rows of an older, longer execution may follow.
        let of = |row: &Columns| {
            text(row, "EventType").is_some() && text(row, "ExecutionId") == execution.as_deref()
        };
        Self {
            history: rows.into_iter().take_while(of).collect(),
            etag,
            execution,
        }
    }

    /// Begins an execution over what was stored. The etag stays: the sentinel is still the one that was read.
    pub(super) fn begin(&mut self, execution: Option<&str>) {
        self.execution = execution.map(str::to_owned);
        self.history.clear();
    }

    /// How it has ended, if it has.
    pub(super) fn status(&self) -> Option<&str> {
        let completed = self.history.iter().find(|row| is(row, "ExecutionCompleted"))?;
        text(completed, "OrchestrationStatus")
    }

    /// Decides about a message after those that were taken. Starts must come first.
    pub(super) fn verdict(&self, message: &Received, taken: &[Received]) -> Verdict {
        let starts = message.kind() == "ExecutionStarted";
        let ended = self.status().is_some();
        let other = message
            .execution()
            .is_some_and(|target| Some(target) != self.execution.as_deref());
        if starts && other && (self.history.is_empty() || ended) && taken.is_empty() {
            return Verdict::Judge;
        }
        if self.history.is_empty() && taken.is_empty() {
            return match message.kind() {
                kind if is_response(kind) && message.dequeued <= ZOMBIE => Verdict::Later,
                "ExecutionTerminated" => Verdict::Orphan,
                _ => Verdict::Discard,
            };
        }
        if ended || other || self.knows(message) || taken.iter().any(|one| is_same(one, message)) {
            Verdict::Discard
        } else if is_response(message.kind()) && !self.has_asked(message) {
            Verdict::Later
        } else {
            Verdict::Take
        }
    }

    fn has_asked(&self, message: &Received) -> bool {
        let asked = |row: &Columns| is(row, "TaskScheduled") && number(row, "EventId") == message.task();
        self.history.iter().any(asked)
    }

    /// Returns whether the history holds it: a start once, and one response of each task.
    fn knows(&self, message: &Received) -> bool {
        let answered = |row: &Columns| {
            is_response(text(row, "EventType").unwrap_or_default())
                && number(row, "TaskScheduledId") == message.task()
        };
        match message.kind() {
            "ExecutionStarted" => !self.history.is_empty(),
            kind if is_response(kind) => self.history.iter().any(answered),
            _ => false,
        }
    }
}

/// Returns whether both start the execution, or answer the same task.
fn is_same(one: &Received, other: &Received) -> bool {
    match (one.kind(), other.kind()) {
        ("ExecutionStarted", "ExecutionStarted") => true,
        (one_kind, other_kind) => {
            is_response(one_kind) && is_response(other_kind) && one.task() == other.task()
        }
    }
}

fn is_response(kind: &str) -> bool {
    matches!(kind, "TaskCompleted" | "TaskFailed")
}

fn number(row: &Columns, name: &str) -> Option<i64> {
    row.get(name).and_then(Value::as_i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(kind: &str, execution: Option<&str>, task: Option<i64>, dequeued: u32) -> Received {
        let event =
            json!({"$type": format!("DurableTask.Core.History.{kind}Event"), "TaskScheduledId": task});
        let target = json!({"InstanceId": "i", "ExecutionId": execution});
        Received::of(
            json!({"TaskMessage": {"Event": event, "OrchestrationInstance": target}}),
            dequeued,
        )
    }

    /// An instance of execution `e` with these events, each with its id or the id of its task.
    fn loaded(events: &[(&str, i64)]) -> Loaded {
        let mut rows: Vec<Columns> = events
            .iter()
            .map(|(kind, id)| {
                let row = json!({"ExecutionId": "e", "EventType": kind, "EventId": id, "TaskScheduledId": id,
                    "OrchestrationStatus": "Completed"});
                row.as_object().unwrap().clone()
            })
            .collect();
        let sentinel = json!({"RowKey": "sentinel", "ExecutionId": "e", "odata.etag": "tag"});
        // Of an older execution.
        rows.push(
            json!({"ExecutionId": "d", "EventType": "ExecutionCompleted"})
                .as_object()
                .unwrap()
                .clone(),
        );
        rows.push(sentinel.as_object().unwrap().clone());
        Loaded::from(rows)
    }

    #[test]
    fn the_rows_of_an_older_execution_are_left_out() {
        let loaded = loaded(&[("ExecutionStarted", -1)]);
        assert_eq!((loaded.history.len(), loaded.etag.as_deref()), (1, Some("tag")));
    }

    #[test]
    fn a_message_is_taken_once_and_what_is_early_comes_again() {
        let running = loaded(&[
            ("ExecutionStarted", -1),
            ("TaskScheduled", 0),
            ("TaskScheduled", 1),
            ("TaskFailed", 1),
        ]);
        for (kind, execution, task, expected) in [
            ("TaskCompleted", Some("e"), Some(0), Verdict::Take),
            ("TaskCompleted", Some("e"), Some(1), Verdict::Discard),
            ("TaskCompleted", Some("e"), Some(2), Verdict::Later),
            ("TaskCompleted", Some("d"), Some(0), Verdict::Discard),
            ("EventRaised", None, None, Verdict::Take),
            ("ExecutionStarted", Some("e"), None, Verdict::Discard),
            ("ExecutionStarted", Some("f"), None, Verdict::Discard),
        ] {
            assert_eq!(
                running.verdict(&message(kind, execution, task, 1), &[]),
                expected,
                "{kind} {task:?}"
            );
        }
        let taken = [message("TaskCompleted", Some("e"), Some(0), 1)];
        let again = message("TaskFailed", Some("e"), Some(0), 1);
        assert_eq!(running.verdict(&again, &taken), Verdict::Discard);
    }

    #[test]
    fn what_has_ended_or_never_begun_may_be_started() {
        let ended = loaded(&[("ExecutionStarted", -1), ("ExecutionCompleted", 0)]);
        let start = message("ExecutionStarted", Some("f"), None, 1);
        assert_eq!(ended.verdict(&start, &[]), Verdict::Judge);
        assert_eq!(
            ended.verdict(&message("EventRaised", None, None, 1), &[]),
            Verdict::Discard
        );
        let mut nowhere = Loaded::from(Vec::new());
        assert_eq!(nowhere.verdict(&start, &[]), Verdict::Judge);
        assert_eq!(
            nowhere.verdict(&message("EventRaised", None, None, 1), &[]),
            Verdict::Discard
        );
        assert_eq!(
            nowhere.verdict(&message("ExecutionTerminated", None, None, 1), &[]),
            Verdict::Orphan
        );
        let response = |dequeued| message("TaskCompleted", Some("f"), Some(0), dequeued);
        assert_eq!(nowhere.verdict(&response(5), &[]), Verdict::Later);
        assert_eq!(nowhere.verdict(&response(6), &[]), Verdict::Discard);
        nowhere.begin(Some("f"));
        let taken = [start.clone()];
        assert_eq!(
            nowhere.verdict(&message("EventRaised", None, None, 1), &taken),
            Verdict::Take
        );
        assert_eq!(nowhere.verdict(&start, &taken), Verdict::Discard);
        assert_eq!(
            nowhere.verdict(&message("ExecutionStarted", Some("g"), None, 1), &taken),
            Verdict::Discard
        );
    }
}
