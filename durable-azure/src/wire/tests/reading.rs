//! What others write is read, and what cannot be read is named.

use durable_core::history::{EventKind, Tags};
use durable_core::{Payload, RecordedVersion, TaskId};

use super::super::json::{Json, Object, Types, parse};
use super::super::{
    Address, Envelope, ForeignBody, ForeignEvent, Inputs, MessageData, Place, WireError, WireEvent,
    event_row, read_event_row,
};
use crate::value::{Row, Ticks, Value};
use base64::Engine as _;

const START: &str = include_str!("golden/17_1_client_start.json");
const FAILURE: &str = include_str!("golden/17_3_activity_failure.json");

fn read(text: &str) -> MessageData {
    match Envelope::read(text).unwrap() {
        Envelope::Message(message) => *message,
        Envelope::Stub { blob } => panic!("a stub of `{blob}`"),
    }
}

/// Applies a change to every object of a message.
fn rewritten(text: &str, change: fn(&mut Object)) -> String {
    fn walk(value: &mut Json, change: fn(&mut Object)) {
        if let Json::Object(object) = value {
            for (_, member) in &mut object.members {
                walk(member, change);
            }
            change(object);
        }
    }
    let mut value = parse("the sample", text).unwrap();
    walk(&mut value, change);
    value.write(Types::Written)
}

#[test]
fn base64_is_read_as_raw_json_is() {
    let encoded = base64::engine::general_purpose::STANDARD.encode(START.trim_end());
    assert_eq!(read(&encoded), read(START));
    assert_eq!(read(&format!(" {encoded}\n")), read(START));
}

#[test]
fn assembly_names_are_read_off() {
    for text in [START, FAILURE] {
        let with = text
            .replace(
                "AzureStorage.MessageData\"",
                "AzureStorage.MessageData, DurableTask.AzureStorage\"",
            )
            .replace("Core.TaskMessage\"", "Core.TaskMessage, DurableTask.Core\"")
            .replace("Event\",\"", "Event, DurableTask.Core, Version=2.0.0.0\",\"");
        assert_ne!(with, text);
        assert_eq!(read(&with), read(text));
    }
}

#[test]
fn the_order_of_members_does_not_count() {
    for text in [START, FAILURE] {
        let shuffled = rewritten(text, |object| object.members.reverse());
        assert_ne!(shuffled, text.trim_end());
        assert_eq!(read(&shuffled), read(text));
    }
}

#[test]
fn members_that_are_null_may_be_missing() {
    for text in [START, FAILURE] {
        let bare = rewritten(text, |object| {
            object.members.retain(|(_, value)| *value != Json::Null);
        });
        assert!(!bare.contains("null"));
        assert_eq!(read(&bare), read(text));
    }
}

#[test]
fn unknown_members_are_passed_over() {
    for text in [START, FAILURE] {
        let more = rewritten(text, |object| {
            object
                .members
                .insert(0, ("Unheard".to_owned(), Json::Array(vec![Json::Null])));
        });
        assert_eq!(read(&more), read(text));
    }
}

#[test]
fn types_may_be_missing_where_they_say_nothing() {
    for text in [START, FAILURE] {
        let bare = rewritten(text, |object| {
            let is_event = object.ty.as_ref().is_some_and(|ty| ty.contains(".History."));
            if !is_event {
                object.ty = None;
            }
        });
        assert_eq!(bare.matches("$type").count(), 1);
        assert_eq!(read(&bare), read(text));
    }
    // An event without a type is told by its number.
    let bare = rewritten(FAILURE, |object| object.ty = None);
    assert_eq!(read(&bare), read(FAILURE));
}

#[test]
fn a_start_of_a_dotnet_client_is_a_start_without_a_version() {
    let message = read(START);
    let event = message.event.core().unwrap();
    let EventKind::ExecutionStarted(started) = &event.kind else {
        panic!("{event:?}");
    };
    assert_eq!(started.version, RecordedVersion::Blank);
    assert_eq!(started.input.as_json(), Some("{\"total\":5}"));
    assert_eq!(message.sender, Address::client());
    assert_eq!(message.sender, Address::default());
    assert_eq!(message.context_tags, None);
}

#[test]
fn tags_of_the_older_runtime_are_read() {
    let map = r#"{"$type":"System.Collections.Generic.Dictionary`2[[System.String, mscorlib],[System.String, mscorlib]]","a":"1","b":null}"#;
    let text = START.replace("\"Tags\":null", &format!("\"Tags\":{map}"));
    let message = read(&text);
    let EventKind::ExecutionStarted(started) = &message.event.core().unwrap().kind else {
        panic!("the sample is a start");
    };
    let expected = [("a", "1"), ("b", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(started.tags, Tags::from(expected));
}

#[test]
fn messages_to_and_from_entities_are_read() {
    let request = r#"{"op":"add","signal":true,"input":"5","id":"b9a7f0de-2c7d-4f0b-8d3c-61c2f7a0e5d4"}"#;
    let text = include_str!("golden/17_4_raise_event.json")
        .replace(
            "\"InstanceId\":\"order-123\"",
            "\"InstanceId\":\"@counter@mykey\"",
        )
        .replace("\"Approved\"", "\"op@2026-06-24T10:00:00.0000000Z\"")
        .replace(
            "\"Input\":\"true\"",
            &format!("\"Input\":{}", Json::from(request).write(Types::Left)),
        );
    let message = read(&text);
    assert_eq!(message.target, Address::new("@counter@mykey", None));
    let EventKind::EventRaised { name, input } = &message.event.core().unwrap().kind else {
        panic!("the sample is an event");
    };
    assert_eq!(name.as_str(), "op@2026-06-24T10:00:00.0000000Z");
    assert_eq!(input.as_json(), Some(request));
}

/// An event of a type that a later framework may have, between members that everybody knows.
const UNKNOWN: &str = r#"{"$type":"DurableTask.Core.History.EntityBatchDoneEvent","EventType":40,"Count":3,"Ratio":0.5,"Due":"2026-06-24T10:00:00Z","Nested":{"$type":"X.Y","Z":[1,null]},"EventId":-1,"IsPlayed":false,"Timestamp":"2026-06-24T10:00:01.5Z"}"#;

fn with_event(event: &str) -> String {
    let at = FAILURE.find("{\"$type\":\"DurableTask.Core.History").unwrap();
    let end = FAILURE.find(",\"SequenceNumber\":0").unwrap();
    [&FAILURE[..at], event, &FAILURE[end..]].concat()
}

#[test]
fn an_event_of_an_unknown_type_is_kept_to_the_byte() {
    let text = with_event(UNKNOWN);
    let message = read(&text);
    assert_eq!(message.event.name(), "EntityBatchDone");
    assert_eq!(message.event.core(), None);
    assert_eq!(message.write().unwrap(), text.trim_end());
}

#[test]
fn an_event_of_an_unknown_type_is_kept_in_a_history() {
    let message = read(&with_event(UNKNOWN));
    let place = Place {
        instance: "a",
        execution: "e",
        index: 3,
    };
    let row = event_row(place, &message.event, Inputs::Kept).unwrap();
    assert_eq!(row.text("EventType"), Some("EntityBatchDone"));
    assert_eq!(row.int("Count"), Some(3));
    assert_eq!(row.get("Ratio"), Some(&Value::Double(0.5)));
    assert_eq!(row.text("Nested"), Some("{\"Z\":[1,null]}"));
    assert_eq!(row.time("_Timestamp"), Ticks::parse("2026-06-24T10:00:01.5Z"));

    let read = read_event_row(&row).unwrap();
    assert_eq!(read.name(), "EntityBatchDone");
    assert_eq!(event_row(place, &read, Inputs::Kept).unwrap(), row);
}

#[test]
fn what_a_rewind_of_the_framework_leaves_is_kept() {
    let mut row = Row::new("a", "0000000000000005");
    for (name, value) in [
        ("EventType", Value::String("GenericEvent".to_owned())),
        ("Reason", Value::String("Rewound: TaskFailed".to_owned())),
        ("TaskScheduledId", Value::Int32(0)),
        ("Blob", Value::Binary(vec![0, 255])),
        (
            "Guid",
            Value::Guid("3f0c2a51-5f0e-4d53-9c2f-8f3a5d0b7c11".to_owned()),
        ),
        ("ExecutionId", Value::String("e".to_owned())),
    ] {
        row.columns.push((name.to_owned(), value));
    }
    let event = read_event_row(&row).unwrap();
    assert!(matches!(
        &event,
        WireEvent::Foreign(ForeignEvent { name, body: ForeignBody::Row(columns) })
            if name == "GenericEvent" && columns.len() == 5
    ));
    let place = Place {
        instance: "a",
        execution: "e",
        index: 5,
    };
    assert_eq!(event_row(place, &event, Inputs::Kept).unwrap(), row);
}

#[test]
fn events_of_the_framework_that_lack_what_the_core_needs_are_foreign() {
    for (name, members) in [
        ("ContinueAsNew", "\"OrchestrationStatus\":2,\"Result\":\"1\""),
        ("ExecutionRewound", "\"Reason\":\"again\""),
        ("ExecutionCompleted", "\"OrchestrationStatus\":2,\"Result\":\"1\""),
        ("HistoryState", "\"State\":null"),
        ("GenericEvent", "\"Data\":\"{}\""),
    ] {
        let ty = name.strip_suffix("Event").unwrap_or(name);
        let event = format!(
            "{{\"$type\":\"DurableTask.Core.History.{ty}Event\",{members},\"EventId\":-1,\"IsPlayed\":false}}"
        );
        let message = read(&with_event(&event));
        assert_eq!((message.event.name(), message.event.core()), (name, None));
    }
}

#[test]
fn a_row_of_the_framework_is_read_with_its_absent_columns() {
    let mut row = Row::new("a", "0000000000000002");
    for (name, text) in [
        ("EventType", "TaskScheduled"),
        ("Name", "Charge"),
        ("Version", ""),
        ("ExecutionId", "e"),
    ] {
        row.columns
            .push((name.to_owned(), Value::String(text.to_owned())));
    }
    let event = read_event_row(&row).unwrap();
    let event = event.core().unwrap();
    assert_eq!(event.at, Ticks::MIN.into());
    assert_eq!(event.trace, None);
    let EventKind::TaskScheduled { task, input, .. } = &event.kind else {
        panic!("{event:?}");
    };
    assert_eq!((*task, input), (TaskId(0), &Payload::unit()));
}

#[test]
fn what_cannot_be_read_is_named() {
    for (text, expected) in [
        (
            "{",
            "the envelope is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "?",
            "the message is neither JSON nor base64 of it: Invalid symbol 63, offset 0.",
        ),
        (
            "/w==",
            "the message is neither JSON nor base64 of it: invalid utf-8 sequence of 1 bytes from index 0",
        ),
        ("bnVsbA==", "`$` of the envelope is not an object"),
        ("{}", "the envelope has no `TaskMessage`"),
        ("{\"TaskMessage\":{}}", "the message has no `Event`"),
        ("{\"TaskMessage\":{\"Event\":{}}}", "the event has no `$type`"),
        (
            "{\"TaskMessage\":{\"Event\":{\"EventType\":12}}}",
            "the message has no `OrchestrationInstance`",
        ),
    ] {
        assert_eq!(Envelope::read(text).unwrap_err().to_string(), expected);
    }
    for (from, to, expected) in [
        (
            "\"Name\":\"ProcessOrder\"",
            "\"Name\":null",
            "the event ExecutionStarted has no `Name`",
        ),
        (
            "\"Name\":\"ProcessOrder\"",
            "\"Name\":7",
            "`Name` of the event ExecutionStarted is not a text",
        ),
        (
            "\"Name\":\"ProcessOrder\"",
            "\"Name\":\"My Order\"",
            "`Name` of the event ExecutionStarted: the function name `My Order` has ' ' at byte 2; allowed: a letter or `_`, then letters, digits, `_`, `.` and `-`",
        ),
        (
            "\"Generation\":0",
            "\"Generation\":3000000000",
            "`Generation` of the event ExecutionStarted is 3000000000, which is out of range",
        ),
        (
            "\"ScheduledStartTime\":null",
            "\"ScheduledStartTime\":\"tomorrow\"",
            "`ScheduledStartTime` of the event ExecutionStarted is not a moment",
        ),
        (
            "\"Tags\":null",
            "\"Tags\":{\"a\":1}",
            "`Tags` of the event ExecutionStarted is not an object of texts",
        ),
    ] {
        let text = START.replace(from, to);
        assert_ne!(text, START);
        assert_eq!(Envelope::read(&text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_message_that_is_nested_too_deep_is_refused() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let text = START.replace("\"Correlation\":null", &format!("\"Correlation\":{deep}"));
    assert!(matches!(Envelope::read(&text), Err(WireError::Depth { .. })));
}

#[test]
fn a_number_of_a_task_that_dotnet_has_not_is_refused() {
    let mut message = read(FAILURE);
    let WireEvent::Known(known) = &mut message.event else {
        panic!("the sample is an event of the core");
    };
    let EventKind::TaskFailed { task, .. } = &mut known.event.kind else {
        panic!("the sample is a failure");
    };
    *task = TaskId(u32::MAX);
    assert_eq!(
        message.write().unwrap_err().to_string(),
        "`EventId` of the event is 4294967295, which is out of range"
    );
}
