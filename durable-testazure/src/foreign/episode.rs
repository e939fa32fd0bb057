//! One episode of the orchestration: what a history and new events lead to. Nothing is read or sent here.

use serde_json::{Value, json};

use super::row::{put_date, row};
use crate::tables::{Columns, text};

/// What the activity is called.
const ACTIVITY: &str = "Charge";
/// What the orchestration waits for.
const EVENT: &str = "Approved";

/// What an episode has led to.
#[derive(Debug)]
pub(super) struct Episode {
    /// The rows of the new events, without keys.
    pub(super) rows: Vec<Columns>,
    /// An activity to be called.
    pub(super) call: Option<Call>,
    /// What is merged into the instance's row.
    pub(super) instance: Columns,
}

/// A call of an activity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: usize,
    pub(super) name: &'static str,
    /// The array of its arguments, as JSON.
    pub(super) input: String,
}

/// What the orchestration does next.
enum Action {
    Call(Call),
    Complete {
        status: &'static str,
        result: String,
        failure: Value,
    },
}

/// Plays an episode: new events, each with its kind, come to what the history holds.
pub(super) fn play(history: &[Columns], arrived: &[(&str, &Value)], now: &str) -> Episode {
    let own = |kind, event| row(kind, &event);
    let mut rows = vec![own(
        "OrchestratorStarted",
        json!({"EventId": -1, "Timestamp": now}),
    )];
    let mut arrived = arrived.to_vec();
    arrived.sort_by_key(|(kind, _)| *kind != "ExecutionStarted");
    rows.extend(arrived.iter().map(|(kind, event)| row(kind, event)));
    let all: Vec<&Columns> = history.iter().chain(&rows).collect();
    let id = all.iter().filter(|row| is(row, "TaskScheduled")).count();
    let mut call = None;
    match next(&all, id) {
        Some(Action::Call(next)) => {
            let event = json!({"EventId": id, "Timestamp": now, "Name": next.name, "Version": ""});
            rows.push(own("TaskScheduled", event));
            call = Some(next);
        }
        Some(Action::Complete {
            status,
            result,
            failure,
        }) => {
            let event = json!({
                "EventId": id,
                "Timestamp": now,
                "OrchestrationStatus": status,
                "Result": result,
                "FailureDetails": failure,
            });
            rows.push(own("ExecutionCompleted", event));
        }
        None => {}
    }
    rows.push(own(
        "OrchestratorCompleted",
        json!({"EventId": -1, "Timestamp": now}),
    ));
    Episode {
        instance: instance(&rows, now),
        call,
        rows,
    }
}

/// The orchestration itself.
fn next(all: &[&Columns], id: usize) -> Option<Action> {
    let find = |kind: &str| all.iter().find(|row| is(row, kind));
    if let Some(terminated) = find("ExecutionTerminated") {
        return Some(Action::Complete {
            status: "Terminated",
            result: text(terminated, "Input").unwrap_or_default().to_owned(),
            failure: Value::Null,
        });
    }
    let suspended = all
        .iter()
        .rev()
        .find(|row| is(row, "ExecutionSuspended") || is(row, "ExecutionResumed"));
    if suspended.is_some_and(|row| is(row, "ExecutionSuspended")) {
        return None;
    }
    if id == 0 {
        let input = text(find("ExecutionStarted")?, "Input").unwrap_or("null");
        return Some(Action::Call(Call {
            id,
            name: ACTIVITY,
            input: format!("[{input}]"),
        }));
    }
    if let Some(failed) = find("TaskFailed") {
        let reason = text(failed, "Reason").unwrap_or_default();
        let inner: Value =
            serde_json::from_str(text(failed, "FailureDetails").unwrap_or("null")).unwrap_or_default();
        return Some(Action::Complete {
            status: "Failed",
            result: reason.to_owned(),
            failure: json!({
                "ErrorType": "DurableTask.Core.Exceptions.TaskFailedException",
                "ErrorMessage": reason,
                "StackTrace": null,
                "InnerFailure": inner,
                "IsNonRetriable": false,
                "Properties": null,
            }),
        });
    }
    let charged = text(find("TaskCompleted")?, "Result").unwrap_or("null");
    let approved = all
        .iter()
        .find(|row| is(row, "EventRaised") && text(row, "Name") == Some(EVENT))?;
    let approved = text(approved, "Input").unwrap_or("null");
    Some(Action::Complete {
        status: "Completed",
        result: format!("[{charged},{approved}]"),
        failure: Value::Null,
    })
}

/// What events change of the instance's row (section 9 of the specification).
pub(super) fn instance(rows: &[Columns], now: &str) -> Columns {
    let mut columns = Columns::new();
    columns.insert("CustomStatus".to_owned(), "null".into());
    put_date(&mut columns, "LastUpdatedTime", now);
    for row in rows {
        let mut put = |name: &str, value: Option<&Value>| {
            columns.extend(value.map(|value| (name.to_owned(), value.clone())));
        };
        match text(row, "EventType").unwrap_or_default() {
            "ExecutionStarted" => {
                for name in ["Name", "Version", "Input", "Tags", "Generation"] {
                    put(name, row.get(name));
                }
                put("RuntimeStatus", Some(&"Running".into()));
                put_date(
                    &mut columns,
                    "CreatedTime",
                    text(row, "_Timestamp").unwrap_or_default(),
                );
            }
            "ExecutionCompleted" => {
                put("RuntimeStatus", row.get("OrchestrationStatus"));
                let failure =
                    text(row, "FailureDetails").and_then(|details| serde_json::from_str(details).ok());
                match failure.and_then(|details: Value| described(&details)) {
                    Some(described) => put("Output", Some(&described.into())),
                    None => put("Output", row.get("Result")),
                }
                put_date(&mut columns, "CompletedTime", now);
            }
            "ExecutionSuspended" => {
                put("RuntimeStatus", Some(&"Suspended".into()));
                put("Output", row.get("Reason"));
            }
            "ExecutionResumed" => {
                put("RuntimeStatus", Some(&"Running".into()));
                put("Output", row.get("Reason"));
            }
            _ => {}
        }
    }
    columns
}

/// A failure in one line. `None` if there is none.
fn described(details: &Value) -> Option<String> {
    let (kind, message) = (details["ErrorType"].as_str()?, details["ErrorMessage"].as_str()?);
    Some(format!("{kind}: {message}"))
}

pub(super) fn is(row: &Columns, kind: &str) -> bool {
    text(row, "EventType") == Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-06-24T10:00:01.5Z";

    fn started() -> Value {
        let envelope: Value =
            serde_json::from_str(include_str!("../../wire/golden/execution-started.json")).unwrap();
        envelope["TaskMessage"]["Event"].clone()
    }

    /// Section 17.7 of the specification: what the first episode of sample 17.1 leaves.
    #[test]
    fn the_rows_of_the_first_episode_are_the_golden_ones() {
        let episode = play(&[], &[("ExecutionStarted", &started())], NOW);
        let base = |kind: &str, id: i64, time: &str| {
            json!({
                "EventType": kind,
                "EventId": id,
                "IsPlayed": false,
                "_Timestamp": time,
                "_Timestamp@odata.type": "Edm.DateTime",
            })
        };
        let with = |mut base: Value, more: Value| {
            let more = more.as_object().cloned().unwrap_or_default();
            base.as_object_mut().unwrap().extend(more);
            base
        };
        let expected = json!([
            base("OrchestratorStarted", -1, NOW),
            with(
                base("ExecutionStarted", -1, "2026-06-24T10:00:00.1234567Z"),
                json!({
                    "OrchestrationInstance":
                        r#"{"InstanceId":"order-123","ExecutionId":"7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f"}"#,
                    "ParentInstance": "null",
                    "Name": "ProcessOrder",
                    "Version": "",
                    "Input": "{\"total\":5}",
                    "Tags": "null",
                    "ParentTraceContext": "null",
                    "Generation": 0,
                    "GenerateNewTrace": false,
                })
            ),
            with(
                base("TaskScheduled", 0, NOW),
                json!({"Name": "Charge", "Version": "", "ParentTraceContext": "null", "Tags": "null"})
            ),
            base("OrchestratorCompleted", -1, NOW),
        ]);
        assert_eq!(serde_json::to_value(&episode.rows).unwrap(), expected);
        let call = Call {
            id: 0,
            name: "Charge",
            input: "[{\"total\":5}]".to_owned(),
        };
        assert_eq!(episode.call, Some(call));
    }

    /// Plays the episodes after the first, one for each event, and returns the last.
    fn after_first(events: &[(&str, Value)]) -> Episode {
        let mut last = play(&[], &[("ExecutionStarted", &started())], NOW);
        let mut history = last.rows.clone();
        for (kind, event) in events {
            last = play(&history, &[(kind, event)], NOW);
            history.extend(last.rows.clone());
        }
        last
    }

    fn output(episode: &Episode) -> [Option<&str>; 2] {
        ["RuntimeStatus", "Output"].map(|name| text(&episode.instance, name))
    }

    #[test]
    fn it_completes_when_both_are_there_in_either_order() {
        let charged = (
            "TaskCompleted",
            json!({"EventId": -1, "TaskScheduledId": 0, "Result": "1"}),
        );
        let approved = (
            "EventRaised",
            json!({"EventId": -1, "Name": "Approved", "Input": "true"}),
        );
        let other = (
            "EventRaised",
            json!({"EventId": -1, "Name": "Other", "Input": "0"}),
        );
        assert_eq!(output(&after_first(std::slice::from_ref(&charged))), [None, None]);
        assert_eq!(
            output(&after_first(&[charged.clone(), other.clone()])),
            [None, None]
        );
        for events in [
            [other.clone(), charged.clone(), approved.clone()],
            [approved, other, charged],
        ] {
            let last = after_first(&events);
            assert_eq!(output(&last), [Some("Completed"), Some("[1,true]")]);
            assert!(
                last.rows
                    .iter()
                    .any(|row| is(row, "ExecutionCompleted") && row["EventId"] == 1)
            );
        }
    }

    #[test]
    fn it_fails_with_its_activity_and_ends_when_terminated() {
        let failure = json!({"$type": "DurableTask.Core.FailureDetails", "ErrorType": "CardDeclined", "ErrorMessage": "no"});
        let failed = json!({"EventId": -1, "TaskScheduledId": 0, "Reason": "no", "FailureDetails": failure});
        let last = after_first(&[("TaskFailed", failed)]);
        let described = "DurableTask.Core.Exceptions.TaskFailedException: no";
        assert_eq!(output(&last), [Some("Failed"), Some(described)]);
        let inner = r#""InnerFailure":{"ErrorType":"CardDeclined","ErrorMessage":"no"}"#;
        assert!(
            text(&last.rows[2], "FailureDetails").unwrap().contains(inner),
            "{:?}",
            last.rows[2]
        );

        let last = after_first(&[("ExecutionTerminated", json!({"EventId": -1, "Input": "enough"}))]);
        assert_eq!(output(&last), [Some("Terminated"), Some("enough")]);
    }

    #[test]
    fn suspended_it_does_nothing_until_it_is_resumed() {
        let suspended = ("ExecutionSuspended", json!({"EventId": -1, "Reason": "wait"}));
        let charged = (
            "TaskCompleted",
            json!({"EventId": -1, "TaskScheduledId": 0, "Result": "1"}),
        );
        let approved = (
            "EventRaised",
            json!({"EventId": -1, "Name": "Approved", "Input": "true"}),
        );
        let resumed = ("ExecutionResumed", json!({"EventId": -1, "Reason": "go"}));
        let still = after_first(&[suspended.clone(), charged.clone(), approved.clone()]);
        assert_eq!(output(&still), [None, None]);
        let last = after_first(&[suspended, charged, approved, resumed]);
        assert_eq!(output(&last), [Some("Completed"), Some("[1,true]")]);
    }
}
