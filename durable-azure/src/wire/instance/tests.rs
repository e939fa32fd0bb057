use durable_core::history::{ChildPolicy, ParentRef};
use durable_core::hub::{BlockReport, InstanceStatus};
use durable_core::{FailureDetails, FailureOrigin, Payload, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::value::Ticks;
use crate::wire::tests::arbitrary::{self, failures, moments, payloads, tags, texts, versions};
use crate::wire::{moved_columns, store_row};

fn blocks() -> impl Strategy<Value = BlockReport> {
    let place = (proptest::option::of(any::<u64>()), proptest::option::of(texts()));
    (texts(), texts(), place, moments(), any::<u64>()).prop_map(
        |(reason, message, (step, place), since, build)| BlockReport {
            reason,
            message,
            step,
            place,
            since,
            build: BuildId(build),
        },
    )
}

/// Records as hubs make them: an output with a completion, a failure with every other end.
fn records() -> BoxedStrategy<InstanceRecord> {
    let who = (
        arbitrary::instances(),
        arbitrary::executions(),
        any::<u32>(),
        arbitrary::names(),
        versions(),
    );
    let times = (moments(), moments(), moments(), proptest::option::of(moments()));
    let data = (
        payloads(),
        payloads(),
        failures(),
        texts(),
        proptest::option::of(payloads()),
        tags(),
    );
    let rest = (
        proptest::option::of(arbitrary::parents()),
        proptest::option::of(blocks()),
        0..i64::MAX.unsigned_abs(),
    );
    let status = proptest::sample::select(InstanceStatus::ALL.to_vec());
    (who, status, times, data, rest)
        .prop_map(|(who, status, times, data, rest)| {
            let (instance, execution, generation, name, version) = who;
            let (created_at, updated_at, ended, scheduled_start) = times;
            let (input, output, failure, reason, custom_status, tags) = data;
            let (parent, blocked, event_count): (Option<ParentRef>, _, _) = rest;
            InstanceRecord {
                instance,
                execution,
                generation,
                name,
                version,
                status,
                created_at,
                updated_at,
                ended_at: status.is_ended().then_some(ended),
                scheduled_start,
                input,
                output: (status == InstanceStatus::Completed).then_some(output),
                failure: match status {
                    InstanceStatus::Failed | InstanceStatus::Canceled => Some(failure),
                    InstanceStatus::Terminated => Some(
                        FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason).non_retriable(),
                    ),
                    _ => None,
                },
                custom_status,
                tags,
                parent,
                policy: ChildPolicy::default(),
                blocked,
                stalled_since: None,
                owner: None,
                event_count,
            }
        })
        .boxed()
}

fn rows() -> BoxedStrategy<InstanceRow> {
    let executions = || proptest::collection::vec(arbitrary::executions(), 0..3);
    let policies = proptest::sample::select(vec![
        ChildPolicy::Cancel,
        ChildPolicy::Terminate,
        ChildPolicy::Abandon,
    ]);
    let own = (
        proptest::option::of(any::<i32>()),
        proptest::option::of(arbitrary::executions()),
        executions(),
        policies,
        proptest::collection::vec(any::<u64>().prop_map(BuildId), 0..3),
    );
    (records(), own)
        .prop_map(|(record, own)| {
            let (start_generation, started_as, rewound, policy, builds_tried) = own;
            let record = InstanceRecord { policy, ..record };
            InstanceRow {
                start_generation,
                started_as,
                rewound,
                builds_tried,
                ..InstanceRow::new(record, "Orders")
            }
        })
        .boxed()
}

proptest! {
    #[test]
    fn every_row_comes_back(row in rows()) {
        prop_assert_eq!(InstanceRow::read(&row.row().unwrap()).unwrap(), row);
    }

    #[test]
    fn a_merge_of_the_changes_makes_the_new_row(old in rows(), mut new in rows()) {
        new.record.instance = old.record.instance.clone();
        if let Some(changes) = new.changes_since(&old).unwrap() {
            let mut stored = old.row().unwrap();
            merge_columns(&mut stored.columns, changes);
            prop_assert_eq!(InstanceRow::read(&stored).unwrap(), new);
        }
    }
}

/// Puts columns over others: each takes the place of one of its name.
fn merge_columns(columns: &mut Vec<(String, Value)>, over: Vec<(String, Value)>) {
    for (name, value) in over {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => columns.push((name, value)),
        }
    }
}

fn shown(status: InstanceStatus) -> InstanceRow {
    let record = InstanceRecord {
        instance: durable_core::InstanceId::new("order-123").unwrap(),
        execution: ExecutionId::new("e1").unwrap(),
        generation: 0,
        name: durable_core::WireName::new("ProcessOrder").unwrap(),
        version: durable_core::RecordedVersion::Blank,
        status,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        ended_at: status.is_ended().then_some(Timestamp::from_micros(7)),
        scheduled_start: None,
        input: Payload::unit(),
        output: None,
        failure: None,
        custom_status: None,
        tags: durable_core::history::Tags::new(),
        parent: None,
        policy: ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count: 0,
    };
    InstanceRow::new(record, "Orders")
}

#[test]
fn a_failure_is_written_besides_only_if_the_output_does_not_tell_it() {
    let mut row = shown(InstanceStatus::Failed);
    let failure = FailureDetails::new(FailureOrigin::Application, "CardDeclined", "no");
    row.record.failure = Some(failure.clone());
    let written = row.row().unwrap();
    assert_eq!(written.text("Output"), Some("CardDeclined: no"));
    assert_eq!(written.text("DurableFailure"), None);

    row.record.failure = Some(failure.non_retriable());
    let written = row.row().unwrap();
    assert_eq!(
        written.text("DurableFailure"),
        Some(
            r#"{"ErrorType":"CardDeclined","ErrorMessage":"no","StackTrace":null,"InnerFailure":null,"IsNonRetriable":true,"Properties":null}"#
        )
    );
}

#[test]
fn a_foreign_row_is_read() {
    let mut row = Row::new("a^0b", "");
    for (name, text) in [
        ("ExecutionId", "e1"),
        ("Name", "ProcessOrder"),
        ("Version", "1.0"),
        ("RuntimeStatus", "Terminated"),
        ("Output", "enough"),
        ("CustomStatus", "null"),
        ("Tags", "{\"$type\":\"x\",\"a\":\"1\"}"),
        ("Unheard", "of"),
    ] {
        row.columns
            .push((name.to_owned(), Value::String(text.to_owned())));
    }
    let at = Ticks::parse("2026-06-24T10:00:00.1234567Z").unwrap();
    row.columns
        .push(("CompletedTime".to_owned(), Value::DateTime(at)));
    // No core takes this id, but the key is read.
    let error = InstanceRow::read(&row).unwrap_err().to_string();
    assert!(
        error.starts_with("`PartitionKey` of the instance's row: the instance id `a/b` has '/'"),
        "{error}"
    );
    row.partition_key = "a".to_owned();
    let read = InstanceRow::read(&row).unwrap();
    let record = &read.record;
    assert_eq!(record.failure.as_ref().unwrap().to_string(), "Terminated: enough");
    assert_eq!(record.version.to_string(), "1");
    assert_eq!(record.ended_at, Some(at.into()));
    assert_eq!((record.custom_status.as_ref(), record.event_count), (None, 0));
    assert_eq!(record.tags.len(), 1);
    assert_eq!((read.hub.as_str(), read.start_generation), ("", None));
}

#[test]
fn a_row_of_an_unknown_state_is_named() {
    let mut row = shown(InstanceStatus::Running).row().unwrap();
    let sleeping = Value::String("Sleeping".to_owned());
    merge_columns(&mut row.columns, vec![("RuntimeStatus".to_owned(), sleeping)]);
    assert_eq!(
        InstanceRow::read(&row).unwrap_err().to_string(),
        "the instance's row is of the unknown kind `Sleeping`"
    );
}

#[test]
fn a_moment_that_is_gone_needs_a_replacement() {
    let (old, new) = (shown(InstanceStatus::Terminated), shown(InstanceStatus::Running));
    assert_eq!(new.changes_since(&old).unwrap(), None);
    assert_eq!(new.changes_since(&new).unwrap(), Some(Vec::new()));
    let mut blocked = new.clone();
    blocked.builds_tried = vec![BuildId(7)];
    assert_eq!(
        new.changes_since(&blocked).unwrap(),
        Some(vec![(
            "DurableBuildsTried".to_owned(),
            Value::String(String::new())
        )])
    );
}

#[test]
fn what_was_large_and_is_not_any_more_leaves_no_blob_behind() {
    let (mut old, mut new) = (shown(InstanceStatus::Running), shown(InstanceStatus::Running));
    let status = |len: usize| Some(Payload::encode(&"x".repeat(len)).unwrap());
    old.record.custom_status = status(40_000);
    new.record.custom_status = status(3);
    let mut stored = store_row(old.row().unwrap(), &mut || 1).unwrap().0;
    let changes = new.changes_since(&old).unwrap().unwrap();
    merge_columns(&mut stored.columns, changes);
    assert_eq!(stored.text("CustomStatusBlobName"), Some(""));
    assert_eq!(InstanceRow::read(&stored).unwrap(), new);

    // It is gone altogether.
    new.record.custom_status = None;
    let mut stored = store_row(old.row().unwrap(), &mut || 1).unwrap().0;
    merge_columns(&mut stored.columns, new.changes_since(&old).unwrap().unwrap());
    assert_eq!(moved_columns(&stored, "orders-largemessages"), []);
    assert_eq!(InstanceRow::read(&stored).unwrap(), new);
}

#[test]
fn the_name_of_a_blob_does_not_count_beside_content() {
    // A client of the framework wrote the pending row, and a worker's first commit the input.
    let mut row = shown(InstanceStatus::Running).row().unwrap();
    let pointer = Value::String("order-123/history--Input-00000001-Input.json.gz".to_owned());
    row.columns.push(("InputBlobName".to_owned(), pointer));
    assert_eq!(moved_columns(&row, "orders-largemessages"), []);
    assert_eq!(InstanceRow::read(&row).unwrap().record.input, Payload::unit());

    merge_columns(
        &mut row.columns,
        vec![("Input".to_owned(), Value::String(String::new()))],
    );
    let moved = moved_columns(&row, "orders-largemessages");
    assert_eq!((moved.len(), moved[0].column.as_str()), (1, "Input"));
    assert!(matches!(
        InstanceRow::read(&row),
        Err(WireError::NotFetched { column, .. }) if column == "Input"
    ));
}

#[test]
fn every_end_shows_its_state_and_output() {
    let failure = FailureDetails::new(FailureOrigin::Application, "CardDeclined", "no");
    let terminated = FailureDetails::new(FailureOrigin::Terminated, "Terminated", "why").non_retriable();
    for (status, output, failure, expected) in [
        (
            InstanceStatus::Completed,
            Some(Payload::from_json("7").unwrap()),
            None,
            "7",
        ),
        (
            InstanceStatus::Failed,
            None,
            Some(failure.clone()),
            "CardDeclined: no",
        ),
        (InstanceStatus::Canceled, None, Some(failure), "CardDeclined: no"),
        (InstanceStatus::Terminated, None, Some(terminated), "why"),
    ] {
        let mut row = shown(status);
        (row.record.output, row.record.failure) = (output, failure);
        let columns = row
            .commit_since(&shown(InstanceStatus::Running))
            .unwrap()
            .unwrap();
        let mut merged = Row::new("order-123", "");
        merged.columns = columns;
        assert_eq!(merged.text("RuntimeStatus"), Some(status_text(status)));
        assert_eq!(merged.text("Output"), Some(expected));
        assert_eq!(
            merged.time("CompletedTime"),
            Some(Ticks::of(Timestamp::from_micros(7)))
        );
    }
}

#[test]
fn what_is_told_to_an_instance_shows_its_reason_until_it_ends() {
    let mut row = shown(InstanceStatus::Suspended);
    row.told = Some("a break".to_owned());
    let changes = row
        .changes_since(&shown(InstanceStatus::Running))
        .unwrap()
        .unwrap();
    let text = |text: &str| Value::String(text.to_owned());
    assert_eq!(
        changes,
        [
            ("RuntimeStatus".to_owned(), text("Suspended")),
            ("Output".to_owned(), text("a break"))
        ]
    );
    assert_eq!(
        InstanceRow::read(&row.row().unwrap()).unwrap(),
        shown(InstanceStatus::Suspended)
    );
    let mut ended = shown(InstanceStatus::Completed);
    (ended.record.output, ended.told) = (Some(Payload::from_json("7").unwrap()), row.told);
    assert_eq!(ended.row().unwrap().text("Output"), Some("7"));
}

#[test]
fn a_commit_that_changes_nothing_writes_what_every_commit_writes() {
    let row = shown(InstanceStatus::Running);
    assert_eq!(row.changes_since(&row).unwrap(), Some(Vec::new()));
    let columns = row.commit_since(&row).unwrap().unwrap();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["CustomStatus", "ExecutionId", "LastUpdatedTime", "TaskHubName"]
    );
    assert_eq!(columns[0].1, Value::String("null".to_owned()));
}
