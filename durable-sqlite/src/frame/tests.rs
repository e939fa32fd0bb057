use std::collections::BTreeMap;

use durable_core::failure::Cause;
use durable_core::history::{CompletionStatus, Marker, MarkerKind, ParentRef};
use durable_core::{
    Encoding, EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, RecordedVersion, TaskId,
    Timestamp, Version, WireName,
};

use super::*;

fn started() -> ExecutionStarted {
    ExecutionStarted {
        instance: InstanceId::new("order-42").unwrap(),
        execution: ExecutionId::from_random(7),
        name: WireName::new("checkout").unwrap(),
        version: RecordedVersion::Known(Version::new("1.4").unwrap()),
        input: Payload::from_json("{\"cents\":100}").unwrap(),
        parent: Some(ParentRef {
            name: WireName::new("shop").unwrap(),
            version: RecordedVersion::Foreign("v2-beta".into()),
            instance: InstanceId::new("shop-1").unwrap(),
            execution: ExecutionId::from_random(8),
            task: TaskId(3),
        }),
        generation: 2,
        scheduled_start: Some(Timestamp::from_micros(-5)),
        tags: BTreeMap::from([("country".to_owned(), "at".to_owned())]),
    }
}

fn failure() -> FailureDetails {
    FailureDetails {
        origin: FailureOrigin::Infrastructure,
        kind: "Outage".into(),
        message: "bank is down".into(),
        json: Some("{}".into()),
        non_retriable: true,
        causes: vec![Cause {
            message: "no route".into(),
        }],
    }
}

#[expect(clippy::too_many_lines, reason = "a list with one entry per kind")]
/// One event of every kind.
fn every_event() -> Vec<Event> {
    let payload = Payload::from_bytes(Encoding::Custom(9), vec![0, 255]).unwrap();
    let (name, version) = (WireName::new("charge").unwrap(), RecordedVersion::Blank);
    let (instance, execution) = (InstanceId::new("other").unwrap(), ExecutionId::from_random(9));
    let event_name = EventName::new("approved").unwrap();
    let (task, fire_at, reason) = (
        TaskId(300),
        Timestamp::from_micros(1_795_225_380_250_000),
        "why".to_owned(),
    );
    let kinds = vec![
        EventKind::OrchestratorStarted,
        EventKind::OrchestratorCompleted,
        EventKind::ExecutionStarted(Box::new(started())),
        EventKind::ExecutionCompleted(CompletionStatus::Completed(payload.clone())),
        EventKind::ExecutionCompleted(CompletionStatus::Failed(failure())),
        EventKind::ExecutionCompleted(CompletionStatus::Canceled(failure())),
        EventKind::ExecutionCompleted(CompletionStatus::Terminated(reason.clone())),
        EventKind::ExecutionTerminated {
            reason: reason.clone(),
        },
        EventKind::ExecutionSuspended {
            reason: reason.clone(),
        },
        EventKind::ExecutionResumed {
            reason: reason.clone(),
        },
        EventKind::ExecutionRewound {
            reason,
            from: execution.clone(),
            execution: execution.clone(),
            version: version.clone(),
        },
        EventKind::ContinueAsNew {
            next: execution,
            version: version.clone(),
            input: payload.clone(),
        },
        EventKind::TaskScheduled {
            task,
            name: name.clone(),
            version: version.clone(),
            input: payload.clone(),
        },
        EventKind::TaskCompleted {
            task,
            result: payload.clone(),
        },
        EventKind::TaskFailed {
            task,
            failure: failure(),
        },
        EventKind::SubOrchestrationInstanceCreated {
            task,
            instance: instance.clone(),
            name,
            version,
            input: payload.clone(),
        },
        EventKind::SubOrchestrationInstanceCompleted {
            task,
            result: payload.clone(),
        },
        EventKind::SubOrchestrationInstanceFailed {
            task,
            failure: failure(),
        },
        EventKind::TimerCreated { task, fire_at },
        EventKind::TimerFired { task, fire_at },
        EventKind::EventSent {
            task,
            instance,
            name: event_name.clone(),
            input: payload.clone(),
        },
        EventKind::EventRaised {
            name: event_name,
            input: payload,
        },
        EventKind::Marker(Marker {
            kind: MarkerKind::CancelRequested,
            version: 1,
            task: Some(task),
            data: "\"why\"".into(),
        }),
    ];
    let mut events: Vec<Event> = kinds
        .into_iter()
        .map(|kind| Event::new(Timestamp::from_micros(1), kind))
        .collect();
    events[0].trace = Some(Box::new(TraceContext {
        traceparent: "00-1-2-01".into(),
        tracestate: Some("a=b".into()),
    }));
    events
}

#[test]
fn every_event_comes_back_as_it_was() {
    let events = every_event();
    let frame = encode_events(&events, false).unwrap();
    assert_eq!(decode_events(&frame, None).unwrap(), events);
}

#[test]
fn a_first_event_that_is_stored_elsewhere_is_referred_to() {
    let events = every_event();
    let (whole, referring) = (
        encode_events(&events, false).unwrap(),
        encode_events(&events, true).unwrap(),
    );
    assert!(referring.len() < whole.len());
    assert_eq!(decode_events(&referring, Some(&started())).unwrap(), events);
    assert!(matches!(
        decode_events(&referring, None),
        Err(FrameError::Unknown(_))
    ));
}

/// What this release writes must be what every later release reads: these bytes never change.
#[test]
fn the_bytes_of_each_schema_are_fixed() {
    let payload = Payload::from_json("[1]").unwrap();
    assert_eq!(
        hex(&encode_payload(&payload).unwrap()),
        include_str!("golden/payload.hex").trim()
    );
    let trace = TraceContext {
        traceparent: "00-1-2-01".into(),
        tracestate: None,
    };
    let activity = encode_activity(&payload, Some(&trace), Some("gpu")).unwrap();
    assert_eq!(hex(&activity), include_str!("golden/activity.hex").trim());
    let events = encode_events(&every_event(), false).unwrap();
    assert_eq!(hex(&events), include_str!("golden/events.hex").trim());
    let own = started();
    let first = encode_first(&first(), &own.instance, &own.execution).unwrap();
    assert_eq!(hex(&first), include_str!("golden/first.hex").trim());
}

/// So must be what earlier releases wrote.
#[test]
fn the_former_format_is_read() {
    let payload = Payload::from_json("[1]").unwrap();
    let former = bytes(include_str!("golden/former_payload.hex"));
    assert_eq!(decode_payload(&former).unwrap(), payload);
    let former = bytes(include_str!("golden/former_activity.hex"));
    let (input, trace) = decode_activity(&former).unwrap();
    assert_eq!(
        (input, trace.unwrap().traceparent.as_str()),
        (payload, "00-1-2-01")
    );
    let former = bytes(include_str!("golden/former_events.hex"));
    assert_eq!(decode_events(&former, None).unwrap(), every_event());
    for at in 0..former.len() * 8 {
        let mut damaged = former.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        assert!(decode_events(&damaged, None).is_err(), "bit {at}");
    }
}

#[test]
fn times_come_back_in_whatever_order_they_are() {
    let times = [5, 3, i64::MAX, i64::MIN, 0];
    let events = times.map(|at| Event::new(Timestamp::from_micros(at), EventKind::OrchestratorStarted));
    let frame = encode_events(&events, false).unwrap();
    assert_eq!(decode_events(&frame, None).unwrap(), events);
}

#[test]
fn a_first_event_says_only_what_its_row_does_not() {
    let event = first();
    let (own, other) = (started(), InstanceId::new("other").unwrap());
    let lean = encode_first(&event, &own.instance, &own.execution).unwrap();
    let whole = encode_first(&event, &other, &ExecutionId::from_random(9)).unwrap();
    assert_eq!(whole.len() - lean.len(), "order-42".len() + 32);
    assert_eq!(decode_first(&lean, &own.instance, &own.execution).unwrap(), event);
    assert_eq!(decode_first(&whole, &other, &own.execution).unwrap(), event);
    // One that was written before this form was.
    let list = encode_event(&event).unwrap();
    assert_eq!(decode_first(&list, &other, &own.execution).unwrap(), event);
}

#[test]
fn a_schema_of_a_later_release_is_refused_by_its_number() {
    let mut frame = encode_payload(&Payload::from_json("1").unwrap()).unwrap();
    frame[1] = 77;
    let checksum = checksum(77, &frame[HEADER_LEN..]);
    frame[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    assert!(matches!(
        decode_payload(&frame),
        Err(FrameError::Unreadable { schema: 77, .. })
    ));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let frame = encode_payload(&Payload::from_json("[1,2,3]").unwrap()).unwrap();
    for at in 0..frame.len() * 8 {
        let mut damaged = frame.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        assert!(decode_payload(&damaged).is_err(), "bit {at}");
    }
}

#[test]
fn every_cut_is_noticed() {
    let frame = encode_events(&every_event(), false).unwrap();
    for length in 0..frame.len() {
        assert!(decode_events(&frame[..length], None).is_err(), "{length} bytes");
    }
    let mut longer = frame;
    longer.push(0);
    assert!(matches!(
        decode_events(&longer, None),
        Err(FrameError::Checksum { .. })
    ));
}

#[test]
fn a_length_inside_the_body_cannot_make_the_decoder_allocate() {
    // A body that promises 2^62 elements, in a frame that is otherwise right.
    let body = [253, 0, 0, 0, 0, 0, 0, 0, 64];
    let mut frame = vec![FORMAT, Schema::Turn.number()];
    frame.extend_from_slice(&checksum(Schema::Turn.number(), &body).to_le_bytes());
    frame.extend_from_slice(&body);
    assert!(matches!(decode_events(&frame, None), Err(FrameError::Decode(_))));
}

#[test]
fn an_error_names_instance_and_frame() {
    let error = decode_payload(b"DF").unwrap_err().at("order-42", "custom status");
    assert_eq!(error.kind(), HubErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        "the custom status of `order-42` is not usable: it has 2 bytes, fewer than a header"
    );
}

fn first() -> Event {
    let mut event = Event::new(
        Timestamp::from_micros(1_795_225_380_250_000),
        EventKind::ExecutionStarted(Box::new(started())),
    );
    event.trace = Some(Box::new(TraceContext {
        traceparent: "00-1-2-01".into(),
        tracestate: None,
    }));
    event
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex
        .trim()
        .chars()
        .map(|digit| digit.to_digit(16).unwrap())
        .collect();
    let bytes = digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap());
    bytes.collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
