//! The golden messages, to the byte.

use durable_core::history::{Event, EventKind, ExecutionStarted, Tags};
use durable_core::{
    EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, RecordedVersion, TaskId,
    WireName,
};

use super::super::{
    Address, Envelope, Extras, Guid, KnownEvent, MessageData, Stored, WireEvent, store_message,
};
use crate::value::Ticks;

/// The sample's instance and execution.
pub(super) const INSTANCE: &str = "order-123";
pub(super) const EXECUTION: &str = "7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f";

fn at(text: &str) -> durable_core::Timestamp {
    Ticks::parse(text).unwrap().into()
}

fn json(text: &str) -> Payload {
    Payload::from_json(text).unwrap()
}

fn message(id: &str, event: WireEvent) -> MessageData {
    let execution = Address::new(INSTANCE, Some(EXECUTION));
    MessageData {
        activity_id: Guid::parse(id).unwrap(),
        event,
        target: execution.clone(),
        context_tags: None,
        sequence_number: 1,
        episode: Some(1),
        sender: execution,
        trace_context: None,
        extras: Extras::default(),
    }
}

pub(in crate::wire) fn client_start() -> MessageData {
    let started = ExecutionStarted {
        instance: InstanceId::new(INSTANCE).unwrap(),
        execution: ExecutionId::new(EXECUTION).unwrap(),
        name: WireName::new("ProcessOrder").unwrap(),
        version: RecordedVersion::Blank,
        input: json("{\"total\":5}"),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: Tags::new(),
    };
    let event = Event::new(
        at("2026-06-24T10:00:00.1234567Z"),
        EventKind::ExecutionStarted(Box::new(started)),
    );
    MessageData {
        episode: None,
        sender: Address::client(),
        ..message(
            "3f0c2a51-5f0e-4d53-9c2f-8f3a5d0b7c11",
            WireEvent::Known(Box::new(KnownEvent {
                event,
                start_generation: Some(0),
                action: None,
                // The sample's moment is finer than the core's.
                fine: 7,
            })),
        )
    }
}

fn activity_call() -> MessageData {
    let kind = EventKind::TaskScheduled {
        task: TaskId(0),
        name: WireName::new("Charge").unwrap(),
        version: RecordedVersion::Blank,
        input: json("{\"total\":5}"),
    };
    let event = Event::new(at("2026-06-24T10:00:01.5Z"), kind);
    MessageData {
        context_tags: Some(Tags::new()),
        ..message("b9a7f0de-2c7d-4f0b-8d3c-61c2f7a0e5d4", WireEvent::of(event))
    }
}

fn activity_failure() -> MessageData {
    let kind = EventKind::TaskFailed {
        task: TaskId(0),
        failure: FailureDetails::new(FailureOrigin::Application, "CardDeclined", "card declined")
            .non_retriable(),
    };
    let event = Event::new(at("2026-06-24T10:00:02Z"), kind);
    message("0d3b1e0a-75b1-4c0c-a7c4-0d6d0f6f9b20", WireEvent::of(event))
}

fn raise_event() -> MessageData {
    let kind = EventKind::EventRaised {
        name: EventName::new("Approved").unwrap(),
        input: json("true"),
    };
    let event = Event::new(at("2026-06-24T10:00:03.25Z"), kind);
    MessageData {
        target: Address::new(INSTANCE, None),
        sequence_number: 2,
        episode: None,
        sender: Address::client(),
        ..message("5a1f4c7e-88a0-4b7e-9a51-3c9f60a1d2e3", WireEvent::of(event))
    }
}

/// Writes the message and reads it back.
fn assert_golden(message: &MessageData, golden: &str) {
    let golden = golden.trim_end();
    assert_eq!(message.write().unwrap(), golden);
    assert_eq!(
        Envelope::read(golden).unwrap(),
        Envelope::Message(Box::new(message.clone()))
    );
}

#[test]
fn sample_17_1_client_start() {
    let golden = include_str!("golden/17_1_client_start.json");
    assert_golden(&client_start(), golden);
}

#[test]
fn sample_17_2_activity_call() {
    assert_golden(&activity_call(), include_str!("golden/17_2_activity_call.json"));
}

#[test]
fn sample_17_3_activity_failure_response() {
    assert_golden(
        &activity_failure(),
        include_str!("golden/17_3_activity_failure.json"),
    );
}

#[test]
fn sample_17_4_raise_event_from_a_client() {
    assert_golden(&raise_event(), include_str!("golden/17_4_raise_event.json"));
}

#[test]
fn sample_17_5_large_message_stub() {
    let mut message = client_start();
    let WireEvent::Known(known) = &mut message.event else {
        panic!("the sample is an event of the core");
    };
    let EventKind::ExecutionStarted(started) = &mut known.event.kind else {
        panic!("the sample is a start");
    };
    started.input = Payload::encode(&"x".repeat(46_080)).unwrap();
    let golden = include_str!("golden/17_5_large_message_stub.json").trim_end();
    let Stored::Blob { stub, blob } = store_message(&message).unwrap() else {
        panic!("the message is too large for a queue");
    };
    assert_eq!(stub, golden);
    assert_eq!(
        blob.name,
        "order-123/message-3f0c2a515f0e4d539c2f8f3a5d0b7c11-ExecutionStarted.json.gz"
    );
    let read = Envelope::read(&stub).unwrap();
    assert_eq!(
        read,
        Envelope::Stub {
            blob: blob.name.clone()
        }
    );
    let content = super::super::unpack(&blob.name, &blob.bytes).unwrap();
    assert_eq!(content, message.write().unwrap());
    assert_eq!(
        Envelope::read(&content).unwrap(),
        Envelope::Message(Box::new(message))
    );
}

#[test]
fn sample_6_6_captured_activity_call() {
    let golden = include_str!("golden/6_6_captured_activity_call.json");
    let Envelope::Message(message) = Envelope::read(golden).unwrap() else {
        panic!("the sample is a message");
    };
    assert_eq!(
        message.event.core().unwrap().kind,
        EventKind::TaskScheduled {
            task: TaskId(2),
            name: WireName::new("A").unwrap(),
            version: RecordedVersion::Blank,
            input: json("\"London\""),
        }
    );
    assert_eq!((message.sequence_number, message.episode), (6, Some(3)));
    assert_eq!(message.target, Address::new("..", Some("..")));
    assert_eq!(message.context_tags, Some(Tags::new()));
}
