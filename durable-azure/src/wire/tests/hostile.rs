//! Whatever is in a queue or a table, reading ends with a value or an error.

use proptest::prelude::*;

use super::super::{
    Envelope, Inputs, InstanceRow, Place, Sentinel, WireEvent, event_row, moved_columns, pick, put_back,
    read_event_row, unpack,
};
use super::arbitrary;
use crate::value::{Row, Ticks, Value};

const SAMPLES: [&str; 6] = [
    include_str!("golden/17_1_client_start.json"),
    include_str!("golden/17_2_activity_call.json"),
    include_str!("golden/17_3_activity_failure.json"),
    include_str!("golden/17_4_raise_event.json"),
    include_str!("golden/17_5_large_message_stub.json"),
    include_str!("golden/6_6_captured_activity_call.json"),
];

/// A sample in which a few places were overwritten, most often by what means something to JSON.
fn damaged() -> impl Strategy<Value = String> {
    let wounds = proptest::collection::vec(
        (any::<prop::sample::Index>(), "[\\]\\[{}:,\"\\\\0-9a-z]{0,3}"),
        1..6,
    );
    (prop::sample::select(SAMPLES.to_vec()), wounds).prop_map(|(sample, wounds)| {
        let mut text = sample.to_owned();
        for (at, wound) in wounds {
            // Samples have no characters of several bytes.
            let at = at.index(text.len());
            let end = (at + wound.len()).min(text.len());
            text.replace_range(at..end, &wound);
        }
        text
    })
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => arbitrary::texts().prop_map(Value::String),
        1 => prop::sample::select(vec!["Running", "Completed", "Failed", "null", "{}", "[]", "{\"a\":{}}", "TaskScheduled"])
            .prop_map(|text| Value::String(text.to_owned())),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i32>().prop_map(Value::Int32),
        1 => any::<i64>().prop_map(Value::Int64),
        1 => any::<f64>().prop_map(Value::Double),
        1 => any::<i64>().prop_map(|ticks| Value::DateTime(Ticks::new(ticks))),
        1 => proptest::collection::vec(any::<u8>(), 0..9).prop_map(Value::Binary),
    ]
}

/// A row in which the known columns have values of any kind.
fn rows() -> impl Strategy<Value = Row> {
    let columns = prop::sample::select(vec![
        "EventType",
        "EventId",
        "_Timestamp",
        "ExecutionId",
        "Name",
        "Version",
        "Input",
        "InputBlobName",
        "Result",
        "OrchestrationInstance",
        "ParentInstance",
        "Tags",
        "FailureDetails",
        "ParentTraceContext",
        "TaskScheduledId",
        "OrchestrationStatus",
        "FireAt",
        "Data",
        "RuntimeStatus",
        "CreatedTime",
        "CompletedTime",
        "CustomStatus",
        "Output",
        "DurableFailure",
        "DurableParent",
        "DurableBlocked",
        "DurableBuildsTried",
        "DurableRewound",
        "DurableTimestampMicros",
        "DurablePolicy",
    ]);
    let columns = proptest::collection::vec((columns.prop_map(str::to_owned), values()), 0..20);
    (arbitrary::texts(), arbitrary::texts(), columns).prop_map(|(partition_key, row_key, columns)| Row {
        partition_key,
        row_key,
        etag: None,
        columns,
    })
}

proptest! {
    #[test]
    fn no_text_of_a_message_makes_the_reader_panic(text in prop_oneof![arbitrary::texts(), damaged()]) {
        if let Ok(Envelope::Message(message)) = Envelope::read(&text) {
            let written = message.write().unwrap();
            prop_assert_eq!(Envelope::read(&written).unwrap(), Envelope::Message(message));
        }
    }

    #[test]
    fn no_row_makes_the_reader_panic(row in rows()) {
        let _ = InstanceRow::read(&row);
        let _ = Sentinel::read(&row);
        let _ = pick(vec![row.clone()], None);
        for moved in moved_columns(&row, "orders-largemessages") {
            prop_assert!(put_back(&mut row.clone(), &moved, b"no gzip").is_err());
        }
        if let Ok(event) = read_event_row(&row) {
            let place = Place { instance: "a", execution: "e", index: 0 };
            // A foreign event is written as it came; one of the core is read as it was.
            let again = event_row(place, &event, Inputs::Kept).unwrap();
            if let WireEvent::Known(_) = &event {
                prop_assert_eq!(read_event_row(&again).unwrap(), event);
            }
        }
    }

    #[test]
    fn no_content_of_a_blob_makes_the_reader_panic(content in proptest::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(unpack("a/b", &content).is_err());
    }
}
