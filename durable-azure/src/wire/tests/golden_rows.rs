//! The golden rows, as the service is sent them.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{InstanceRecord, InstanceStatus};
use durable_core::{Payload, RecordedVersion, TaskId, Timestamp, WireName};

use super::super::{
    Inputs, InstanceRow, KnownEvent, Place, Sentinel, WireEvent, event_row, read_event_row, row_key,
};
use super::golden::{EXECUTION, INSTANCE, client_start};
use crate::partition::PartitionRow;
use crate::transport::table::entity;
use crate::value::{Row, Ticks, Value};

fn at(text: &str) -> Timestamp {
    Ticks::parse(text).unwrap().into()
}

/// Returns the start of sample 17.1.
fn start() -> KnownEvent {
    match client_start().event {
        WireEvent::Known(known) => *known,
        WireEvent::Foreign(_) => panic!("the sample is an event of the core"),
    }
}

/// Returns the row of sample 17.6, made as a client makes it from the start.
fn pending() -> InstanceRow {
    let known = start();
    let EventKind::ExecutionStarted(started) = known.event.kind else {
        panic!("the sample is a start");
    };
    let record = InstanceRecord {
        instance: started.instance,
        execution: started.execution,
        generation: started.generation,
        name: started.name,
        version: started.version,
        status: InstanceStatus::Pending,
        created_at: known.event.at,
        updated_at: at("2026-06-24T10:00:00.2Z"),
        ended_at: None,
        scheduled_start: None,
        input: started.input,
        output: None,
        failure: None,
        custom_status: None,
        tags: started.tags,
        parent: None,
        policy: durable_core::history::ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count: 0,
    };
    InstanceRow {
        start_generation: Some(0),
        created_fine: known.fine,
        ..InstanceRow::new(record, "Orders")
    }
}

#[test]
fn sample_17_6_instances_row() {
    let golden = include_str!("golden/17_6_instances_row.json").trim_end();
    assert_eq!(entity::write(&pending().row().unwrap()), golden);
    let read = entity::read(golden.as_bytes()).unwrap();
    assert_eq!(InstanceRow::read(&read).unwrap(), pending());
}

/// Writes a row's columns as one line each.
fn lines(row: &Row) -> Vec<String> {
    let columns = row.columns.iter();
    columns.map(|(name, value)| format!("{name}={value:?}")).collect()
}

fn first_episode() -> Vec<WireEvent> {
    let scheduled = EventKind::TaskScheduled {
        task: TaskId(0),
        name: WireName::new("Charge").unwrap(),
        version: RecordedVersion::Blank,
        input: Payload::from_json("{\"total\":5}").unwrap(),
    };
    let turn = at("2026-06-24T10:00:01Z");
    vec![
        WireEvent::of(Event::new(turn, EventKind::OrchestratorStarted)),
        WireEvent::Known(Box::new(start())),
        WireEvent::of(Event::new(at("2026-06-24T10:00:01.5Z"), scheduled)),
        WireEvent::of(Event::new(
            at("2026-06-24T10:00:01.6Z"),
            EventKind::OrchestratorCompleted,
        )),
    ]
}

fn rows(events: &[WireEvent]) -> Vec<Row> {
    let place = |index| Place {
        instance: INSTANCE,
        execution: EXECUTION,
        index,
    };
    let rows = (0_u64..).zip(events);
    rows.map(|(index, event)| event_row(place(index), event, Inputs::Left).unwrap())
        .collect()
}

/// The columns of the four rows, but `ExecutionId`.
const FIRST_EPISODE: [&[&str]; 4] = [
    &[
        "EventType=String(\"OrchestratorStarted\")",
        "EventId=Int32(-1)",
        "IsPlayed=Bool(false)",
        "_Timestamp=DateTime(2026-06-24T10:00:01Z)",
    ],
    &[
        "OrchestrationInstance=String(\"{\\\"InstanceId\\\":\\\"order-123\\\",\\\"ExecutionId\\\":\\\"7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f\\\"}\")",
        "EventType=String(\"ExecutionStarted\")",
        "ParentInstance=String(\"null\")",
        "Name=String(\"ProcessOrder\")",
        "Version=String(\"\")",
        "Input=String(\"{\\\"total\\\":5}\")",
        "Tags=String(\"null\")",
        "ParentTraceContext=String(\"null\")",
        "Generation=Int32(0)",
        "GenerateNewTrace=Bool(false)",
        "EventId=Int32(-1)",
        "IsPlayed=Bool(true)",
        "_Timestamp=DateTime(2026-06-24T10:00:00.1234567Z)",
    ],
    &[
        "EventType=String(\"TaskScheduled\")",
        "Name=String(\"Charge\")",
        "Version=String(\"\")",
        "ParentTraceContext=String(\"null\")",
        "Tags=String(\"null\")",
        "EventId=Int32(0)",
        "IsPlayed=Bool(false)",
        "_Timestamp=DateTime(2026-06-24T10:00:01.5Z)",
    ],
    &[
        "EventType=String(\"OrchestratorCompleted\")",
        "EventId=Int32(-1)",
        "IsPlayed=Bool(false)",
        "_Timestamp=DateTime(2026-06-24T10:00:01.6Z)",
    ],
];

#[test]
fn sample_17_7_history_rows_after_the_first_episode() {
    let events = first_episode();
    let rows = rows(&events);
    let execution = format!("ExecutionId=String({EXECUTION:?})");
    for (index, (row, expected)) in rows.iter().zip(FIRST_EPISODE).enumerate() {
        assert_eq!(
            (&*row.partition_key, &*row.row_key),
            (INSTANCE, &*row_key(index as u64))
        );
        let (place, columns) = lines(row)
            .split_last()
            .map(|(a, b)| (a.clone(), b.to_vec()))
            .unwrap();
        assert_eq!(place, execution);
        assert_eq!(columns, expected, "row {index}");
        // The service gives back what it was sent, and the time of writing.
        let mut stored = entity::read(entity::write(row).as_bytes()).unwrap();
        stored
            .columns
            .push(("Timestamp".to_owned(), Value::DateTime(Ticks::MAX)));
        let (read, event) = (read_event_row(&stored).unwrap(), &events[index]);
        match &event.core().unwrap().kind {
            // The input was left out.
            EventKind::TaskScheduled { .. } => assert_eq!(read.name(), "TaskScheduled"),
            _ => assert_eq!(&read, event),
        }
    }

    let committed = Ticks::parse("2026-06-24T10:00:01.7Z").unwrap();
    let sentinel = Sentinel::row(INSTANCE, EXECUTION, Some(committed));
    assert_eq!(
        lines(&sentinel),
        [
            execution.as_str(),
            "IsCheckpointComplete=Bool(true)",
            "CheckpointCompletedTimestamp=DateTime(2026-06-24T10:00:01.7Z)",
        ]
    );
}

#[test]
fn sample_17_8_partition_row_owned_and_being_stolen() {
    let golden = include_str!("golden/17_8_partition_row.json").trim_end();
    let row = PartitionRow {
        queue: "orders-control-02".to_owned(),
        current_owner: Some("worker-a".to_owned()),
        next_owner: Some("worker-b".to_owned()),
        owned_since: Ticks::parse("2026-06-24T09:00:00Z"),
        last_renewal: Ticks::parse("2026-06-24T10:00:10Z"),
        expires_at: Ticks::parse("2026-06-24T10:00:40Z"),
        is_draining: false,
        etag: "W/1".to_owned(),
    };
    assert_eq!(entity::write(&row.write()), golden);
    let mut read = entity::read(golden.as_bytes()).unwrap();
    read.etag = Some(row.etag.clone());
    assert_eq!(PartitionRow::read(&read).unwrap(), row);
}

#[test]
fn a_first_commit_makes_a_pending_instance_a_running_one() {
    let mut running = pending();
    running.record.status = InstanceStatus::Running;
    running.record.updated_at = at("2026-06-24T10:00:01.6Z");
    running.record.event_count = 4;
    let mut row = Row::new(INSTANCE, "");
    row.columns = running.commit_since(&pending()).unwrap().unwrap();
    assert_eq!(
        lines(&row),
        [
            "RuntimeStatus=String(\"Running\")",
            "LastUpdatedTime=DateTime(2026-06-24T10:00:01.6Z)",
            "DurableEventCount=Int64(4)",
            "CustomStatus=String(\"null\")",
            "ExecutionId=String(\"7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f\")",
            "TaskHubName=String(\"Orders\")",
        ]
    );
}
