use durable_core::history::Event;
use durable_core::{ExecutionId, FailureDetails, FailureOrigin, RecordedVersion, Timestamp};

use super::super::super::{Inputs, Place, event_row, store_row};
use super::*;

const CONTAINER: &str = "https://a.blob.core.windows.net/orders-largemessages";

/// Returns what a commit of these events merges, besides the columns of every commit.
fn columns_of(kinds: Vec<EventKind>, custom_status: Option<&Payload>) -> Vec<(String, Value)> {
    let events = kinds
        .into_iter()
        .map(|kind| WireEvent::of(Event::new(Timestamp::from_micros(0), kind)));
    let events: Vec<WireEvent> = events.collect();
    let place = Place {
        instance: "a",
        execution: "e",
        index: 1,
    };
    let rows: Vec<Row> = events
        .iter()
        .map(|event| {
            let row = event_row(place, event, Inputs::Kept).unwrap();
            store_row(row, &mut || 1).unwrap().0
        })
        .collect();
    let events: Vec<_> = events
        .iter()
        .zip(&rows)
        .map(|(event, row)| CheckpointEvent { event, row })
        .collect();
    let checkpoint = Checkpoint {
        hub: "Orders",
        execution: "e",
        custom_status,
        events: &events,
        container_url: CONTAINER,
        now: Ticks::MIN,
    };
    checkpoint.columns()
}

fn text_of<'a>(columns: &'a [(String, Value)], name: &str) -> &'a str {
    let found = columns.iter().find(|(column, _)| column == name);
    match found {
        Some((_, Value::String(text))) => text,
        other => panic!("{name} is {other:?}"),
    }
}

fn state_and_output(kinds: Vec<EventKind>) -> (String, String) {
    let columns = columns_of(kinds, None);
    (
        text_of(&columns, "RuntimeStatus").to_owned(),
        text_of(&columns, "Output").to_owned(),
    )
}

fn shown(state: &str, output: &str) -> (String, String) {
    (state.to_owned(), output.to_owned())
}

fn json(text: &str) -> Payload {
    Payload::from_json(text).unwrap()
}

#[test]
fn every_end_shows_its_state_and_output() {
    let failure = || FailureDetails::new(FailureOrigin::Application, "CardDeclined", "no");
    for (status, expected) in [
        (CompletionStatus::Completed(json("7")), shown("Completed", "7")),
        (
            CompletionStatus::Failed(failure()),
            shown("Failed", "CardDeclined: no"),
        ),
        (
            CompletionStatus::Canceled(failure()),
            shown("Canceled", "CardDeclined: no"),
        ),
        (
            CompletionStatus::Terminated("why".to_owned()),
            shown("Terminated", "why"),
        ),
    ] {
        let columns = columns_of(vec![EventKind::ExecutionCompleted(status)], None);
        assert!(columns.contains(&("CompletedTime".to_owned(), Value::DateTime(Ticks::MIN))));
        assert_eq!(
            shown(text_of(&columns, "RuntimeStatus"), text_of(&columns, "Output")),
            expected
        );
    }
}

#[test]
fn what_is_told_to_an_instance_shows_its_reason() {
    let reason = || "why".to_owned();
    for (kind, state) in [
        (EventKind::ExecutionTerminated { reason: reason() }, "Terminated"),
        (EventKind::ExecutionSuspended { reason: reason() }, "Suspended"),
        (EventKind::ExecutionResumed { reason: reason() }, "Running"),
    ] {
        assert_eq!(state_and_output(vec![kind]), shown(state, "why"));
    }
    let next = EventKind::ContinueAsNew {
        next: ExecutionId::new("f").unwrap(),
        version: RecordedVersion::Blank,
        input: json("8"),
    };
    assert_eq!(state_and_output(vec![next]), shown("ContinuedAsNew", "8"));
}

#[test]
fn the_last_event_decides() {
    let kinds = vec![
        EventKind::ExecutionSuspended {
            reason: "wait".to_owned(),
        },
        EventKind::ExecutionResumed {
            reason: "go".to_owned(),
        },
    ];
    assert_eq!(state_and_output(kinds), shown("Running", "go"));
}

#[test]
fn a_large_output_is_the_url_of_the_event_s_blob() {
    let large = json(&format!("\"{}\"", "x".repeat(40_000)));
    let status = CompletionStatus::Completed(large);
    let (_, output) = state_and_output(vec![EventKind::ExecutionCompleted(status)]);
    assert_eq!(
        output,
        format!("{CONTAINER}/a/history-0000000000000001-ExecutionCompleted-00000001-Result.json.gz")
    );
}

#[test]
fn large_tags_and_a_large_input_are_urls_too() {
    let large = "x".repeat(40_000);
    let started = durable_core::history::ExecutionStarted {
        instance: durable_core::InstanceId::new("a").unwrap(),
        execution: ExecutionId::new("e").unwrap(),
        name: durable_core::WireName::new("f").unwrap(),
        version: RecordedVersion::Blank,
        input: json(&large),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: [("t".to_owned(), large)].into(),
    };
    let columns = columns_of(vec![EventKind::ExecutionStarted(Box::new(started))], None);
    for column in ["Input", "Tags"] {
        assert_eq!(
            text_of(&columns, column),
            format!("{CONTAINER}/a/history-0000000000000001-ExecutionStarted-00000001-{column}.json.gz")
        );
    }
}

#[test]
fn events_that_others_do_not_see_change_no_column_but_those_of_every_commit() {
    let status = json("\"half\"");
    let columns = columns_of(vec![EventKind::OrchestratorStarted], Some(&status));
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["CustomStatus", "ExecutionId", "LastUpdatedTime", "TaskHubName"]
    );
    assert_eq!(text_of(&columns, "CustomStatus"), "\"half\"");
}
