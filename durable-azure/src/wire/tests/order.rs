//! The members of the events of which there is no sample, in the order in which the framework writes them.

use durable_core::history::{
    CompletionStatus, Event, EventKind, ExecutionStarted, Marker, MarkerKind, ParentRef, Tags, TraceContext,
};
use durable_core::{
    EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, TaskId, Timestamp, Version,
    WireName,
};

use super::super::json::Types;
use super::super::{KnownEvent, WireEvent};

const BASE: &str = ",\"IsPlayed\":false,\"Timestamp\":\"1970-01-01T00:00:00Z\"";

fn instance() -> InstanceId {
    InstanceId::new("child").unwrap()
}

fn execution(text: &str) -> ExecutionId {
    ExecutionId::new(text).unwrap()
}

fn name() -> WireName {
    WireName::new("f").unwrap()
}

fn five() -> Payload {
    Payload::from_json("5").unwrap()
}

fn written(event: Event, action: Option<i32>) -> String {
    let known = KnownEvent {
        event,
        start_generation: None,
        action,
        fine: 0,
    };
    let object = WireEvent::Known(Box::new(known)).object().unwrap();
    object.write(Types::Written)
}

/// Compares an event with its type, the members before the base ones, the id, and what comes behind.
fn assert_members(kind: EventKind, members: &str, id: i32, extras: &str) {
    let ty = match kind.name() {
        "Marker" => "Generic".to_owned(),
        name => name.to_owned(),
    };
    let action = (id >= 0).then_some(id);
    assert_eq!(
        written(Event::new(Timestamp::from_micros(0), kind), action),
        format!(
            "{{\"$type\":\"DurableTask.Core.History.{ty}Event\",{members},\"EventId\":{id}{BASE}{extras}}}"
        )
    );
}

const FAILURE: &str = r#"{"$type":"DurableTask.Core.FailureDetails","ErrorType":"E","ErrorMessage":"m","StackTrace":null,"InnerFailure":null,"IsNonRetriable":false,"Properties":null}"#;

fn failure() -> FailureDetails {
    FailureDetails::new(FailureOrigin::Application, "E", "m")
}

#[test]
fn members_stand_in_the_order_of_the_framework() {
    let reason = || "why".to_owned();
    let task = TaskId(3);
    let fire_at = Timestamp::from_micros(1_500_000);
    let moment = "\"1970-01-01T00:00:01.5Z\"";
    assert_members(EventKind::OrchestratorStarted, "\"EventType\":12", -1, "");
    assert_members(EventKind::OrchestratorCompleted, "\"EventType\":13", -1, "");
    assert_members(
        EventKind::ExecutionTerminated { reason: reason() },
        "\"EventType\":3,\"Input\":\"why\"",
        -1,
        "",
    );
    assert_members(
        EventKind::ExecutionSuspended { reason: reason() },
        "\"EventType\":19,\"Reason\":\"why\"",
        -1,
        "",
    );
    assert_members(
        EventKind::ExecutionResumed { reason: reason() },
        "\"EventType\":20,\"Reason\":\"why\"",
        -1,
        "",
    );
    assert_members(
        EventKind::TaskCompleted { task, result: five() },
        "\"EventType\":5,\"TaskScheduledId\":3,\"Result\":\"5\"",
        -1,
        "",
    );
    assert_members(
        EventKind::SubOrchestrationInstanceCompleted { task, result: five() },
        "\"EventType\":8,\"TaskScheduledId\":3,\"Result\":\"5\"",
        -1,
        "",
    );
    assert_members(
        EventKind::SubOrchestrationInstanceFailed {
            task,
            failure: failure(),
        },
        &format!(
            "\"EventType\":9,\"TaskScheduledId\":3,\"Reason\":\"m\",\"Details\":null,\"FailureDetails\":{FAILURE}"
        ),
        -1,
        "",
    );
    assert_members(
        EventKind::TimerFired { task, fire_at },
        &format!("\"EventType\":11,\"TimerId\":3,\"FireAt\":{moment}"),
        -1,
        "",
    );
    assert_members(
        EventKind::ExecutionRewound {
            reason: reason(),
            from: execution("e1"),
            execution: execution("e2"),
            version: Version::ONE.into(),
        },
        "\"EventType\":21,\"Reason\":\"why\",\"ParentExecutionId\":null,\"InstanceId\":null,\"ParentTraceContext\":null",
        -1,
        ",\"DurableFrom\":\"e1\",\"DurableExecution\":\"e2\",\"DurableVersion\":\"1.0\"",
    );
}

#[test]
fn members_of_steps_stand_in_the_order_of_the_framework() {
    let task = TaskId(3);
    assert_members(
        EventKind::TimerCreated {
            task,
            fire_at: Timestamp::from_micros(1_500_000),
        },
        "\"EventType\":10,\"FireAt\":\"1970-01-01T00:00:01.5Z\"",
        3,
        "",
    );
    assert_members(
        EventKind::EventSent {
            task,
            instance: instance(),
            name: EventName::new("go").unwrap(),
            input: five(),
        },
        "\"EventType\":14,\"InstanceId\":\"child\",\"Name\":\"go\",\"Input\":\"5\"",
        3,
        "",
    );
    assert_members(
        EventKind::SubOrchestrationInstanceCreated {
            task,
            instance: instance(),
            name: name(),
            version: Version::ONE.into(),
            input: five(),
        },
        "\"EventType\":7,\"Name\":\"f\",\"Version\":\"1.0\",\"InstanceId\":\"child\",\"Input\":\"5\",\"ClientSpanId\":null,\"Tags\":null",
        3,
        "",
    );
    let marker = Marker {
        kind: MarkerKind::EngineSemantics,
        version: 1,
        task: None,
        data: "1".to_owned(),
    };
    assert_members(
        EventKind::Marker(marker),
        "\"Data\":\"{\\\"$durable\\\":\\\"marker\\\",\\\"kind\\\":\\\"EngineSemantics\\\",\\\"version\\\":1,\\\"data\\\":\\\"1\\\"}\",\"EventType\":17",
        -1,
        "",
    );
}

#[test]
fn an_end_has_its_status_as_a_number() {
    let ended = |number: i32, result: &str, failure: &str| {
        format!(
            "\"EventType\":1,\"OrchestrationStatus\":{number},\"Result\":\"{result}\",\"FailureDetails\":{failure}"
        )
    };
    for (status, members) in [
        (CompletionStatus::Completed(five()), ended(1, "5", "null")),
        (CompletionStatus::Failed(failure()), ended(3, "m", FAILURE)),
        (CompletionStatus::Canceled(failure()), ended(4, "m", FAILURE)),
        (
            CompletionStatus::Terminated("why".to_owned()),
            ended(5, "why", "null"),
        ),
    ] {
        assert_members(EventKind::ExecutionCompleted(status), &members, 7, "");
    }
    assert_members(
        EventKind::ContinueAsNew {
            next: execution("e2"),
            version: Version::ONE.into(),
            input: five(),
        },
        "\"EventType\":16,\"OrchestrationStatus\":2,\"Result\":\"5\",\"FailureDetails\":null",
        7,
        ",\"DurableNext\":\"e2\",\"DurableVersion\":\"1.0\"",
    );
}

#[test]
fn a_child_s_start_names_its_parent_and_its_trace() {
    let started = ExecutionStarted {
        instance: instance(),
        execution: execution("e2"),
        name: name(),
        version: Version::ONE.into(),
        input: five(),
        parent: Some(ParentRef {
            name: WireName::new("parent").unwrap(),
            version: Version::ONE.into(),
            instance: InstanceId::new("p").unwrap(),
            execution: execution("e1"),
            task: TaskId(3),
        }),
        generation: 2,
        scheduled_start: None,
        tags: Tags::from([("a".to_owned(), "1".to_owned())]),
    };
    let mut event = Event::new(
        Timestamp::from_micros(0),
        EventKind::ExecutionStarted(Box::new(started)),
    );
    event.trace = Some(Box::new(TraceContext {
        traceparent: "00-1-2-01".to_owned(),
        tracestate: Some("x".repeat(514)),
    }));
    let written = written(event, None);
    for part in [
        r#""ParentInstance":{"$type":"DurableTask.Core.ParentInstance","Name":"parent","OrchestrationInstance":{"$type":"DurableTask.Core.OrchestrationInstance","InstanceId":"p","ExecutionId":"e1"},"TaskScheduleId":3,"Version":"1.0"}"#,
        r#""Tags":{"$type":"System.Collections.Generic.Dictionary`2[[System.String, System.Private.CoreLib],[System.String, System.Private.CoreLib]]","a":"1"}"#,
        r#""ParentTraceContext":{"$type":"DurableTask.Core.Tracing.DistributedTraceContext","TraceParent":"00-1-2-01","TraceState":null,"Id":null,"SpanId":null,"ActivityStartTime":null}"#,
        r#""Generation":null,"GenerateNewTrace":false"#,
        &format!(
            "{BASE},\"DurableGeneration\":2,\"DurableTraceState\":\"{}\"}}",
            "x".repeat(514)
        ),
    ] {
        assert!(written.contains(part), "{part}\n{written}");
    }
}
