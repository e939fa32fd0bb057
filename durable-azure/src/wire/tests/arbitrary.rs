//! Events of every kind, with everything that the core allows in them.

use durable_core::failure::Cause;
use durable_core::history::{
    CompletionStatus, Event, EventKind, ExecutionStarted, Marker, MarkerKind, ParentRef, Tags, TraceContext,
};
use durable_core::{
    Encoding, EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, RecordedVersion,
    TaskId, Timestamp, WireName,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any text, the awkward ones often.
pub(in crate::wire) fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        select(vec![
            "",
            "null",
            "$type",
            "stack trace: at X",
            "é\u{85}\u{2028}\u{ffff}🦀",
            "\0\u{1}\"\\/",
        ])
        .prop_map(str::to_owned),
    ]
    .boxed()
}

pub(in crate::wire) fn payloads() -> BoxedStrategy<Payload> {
    prop_oneof![
        texts().prop_map(|text| Payload::from_json(&text).unwrap()),
        texts().prop_map(|text| Payload::encode(&text).unwrap()),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Payload::from_bytes(Encoding::Json, bytes).unwrap()),
        (any::<u16>(), vec(any::<u8>(), 0..40)).prop_map(|(number, bytes)| Payload::from_bytes(
            Encoding::Custom(number),
            bytes
        )
        .unwrap()),
    ]
    .boxed()
}

/// Moments in microseconds: mostly of this century, some that no calendar of .NET holds.
pub(in crate::wire) fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => 0_i64..4_000_000_000_000_000,
        1 => any::<i64>(),
        1 => select(vec![i64::MIN, i64::MAX, 0, -1]),
    ]
    .prop_map(Timestamp::from_micros)
}

pub(in crate::wire) fn tags() -> impl Strategy<Value = Tags> {
    btree_map(texts(), texts(), 0..3)
}

/// Tags that a map can hold: the sender's tags in a message are for others, and need no more.
pub(super) fn tags_of_map() -> impl Strategy<Value = Tags> {
    tags().prop_map(|mut tags| {
        tags.remove("$type");
        tags
    })
}

fn tasks() -> impl Strategy<Value = TaskId> {
    (0..=i32::MAX.unsigned_abs()).prop_map(TaskId)
}

pub(in crate::wire) fn instances() -> impl Strategy<Value = InstanceId> {
    "[^\\pC/\\\\#?@][^\\pC/\\\\#?]{0,20}".prop_map(|id| InstanceId::new(&id).unwrap())
}

pub(in crate::wire) fn executions() -> impl Strategy<Value = ExecutionId> {
    prop_oneof![
        any::<u128>().prop_map(ExecutionId::from_random),
        "[^\\pC]{1,20}".prop_map(|id| ExecutionId::new(&id).unwrap()),
    ]
}

pub(in crate::wire) fn names() -> impl Strategy<Value = WireName> {
    "[A-Za-z_][A-Za-z0-9_.-]{0,12}".prop_map(|name| WireName::new(&name).unwrap())
}

fn event_names() -> impl Strategy<Value = EventName> {
    "[^\\pC@][^\\pC]{0,12}".prop_map(|name| EventName::new(&name).unwrap())
}

pub(in crate::wire) fn versions() -> impl Strategy<Value = RecordedVersion> {
    prop_oneof![
        "[0-9]{1,2}(\\.[0-9]{1,2}){0,4}",
        "[0-9a-z.]{0,6}",
        Just(String::new()),
    ]
    .prop_map(RecordedVersion::from)
}

fn traces() -> BoxedStrategy<Option<Box<TraceContext>>> {
    let states = prop_oneof![4 => texts(), 1 => "[a-z]{505,520}"];
    let trace = (texts(), option::of(states)).prop_map(|(traceparent, tracestate)| {
        Box::new(TraceContext {
            traceparent,
            tracestate,
        })
    });
    option::of(trace).boxed()
}

pub(in crate::wire) fn failures() -> BoxedStrategy<FailureDetails> {
    let origins = select(vec![
        FailureOrigin::Application,
        FailureOrigin::Panic,
        FailureOrigin::Timeout,
        FailureOrigin::Cancelled,
        FailureOrigin::Terminated,
        FailureOrigin::Payload,
        FailureOrigin::VersionMismatch,
        FailureOrigin::AlreadyExists,
        FailureOrigin::Infrastructure,
    ]);
    let causes = vec(texts().prop_map(|message| Cause { message }), 0..=16);
    (
        origins,
        texts(),
        texts(),
        option::of(texts()),
        any::<bool>(),
        causes,
    )
        .prop_map(
            |(origin, kind, message, json, non_retriable, causes)| FailureDetails {
                origin,
                kind,
                message,
                json,
                non_retriable,
                causes,
            },
        )
        .boxed()
}

pub(in crate::wire) fn parents() -> BoxedStrategy<ParentRef> {
    (names(), versions(), instances(), executions(), tasks())
        .prop_map(|(name, version, instance, execution, task)| ParentRef {
            name,
            version,
            instance,
            execution,
            task,
        })
        .boxed()
}

fn starts() -> BoxedStrategy<ExecutionStarted> {
    let who = (instances(), executions(), names(), versions(), payloads());
    let what = (option::of(parents()), any::<u32>(), option::of(moments()), tags());
    (who, what)
        .prop_map(
            |((instance, execution, name, version, input), (parent, generation, scheduled_start, tags))| {
                ExecutionStarted {
                    instance,
                    execution,
                    name,
                    version,
                    input,
                    parent,
                    generation,
                    scheduled_start,
                    tags,
                }
            },
        )
        .boxed()
}

fn ends() -> BoxedStrategy<CompletionStatus> {
    prop_oneof![
        payloads().prop_map(CompletionStatus::Completed),
        failures().prop_map(CompletionStatus::Failed),
        failures().prop_map(CompletionStatus::Canceled),
        texts().prop_map(CompletionStatus::Terminated),
    ]
    .boxed()
}

fn markers() -> BoxedStrategy<Marker> {
    let kinds = select(vec![
        MarkerKind::EngineSemantics,
        MarkerKind::SideEffect,
        MarkerKind::RetryPolicy,
        MarkerKind::RetryVerdict,
        MarkerKind::VersionResolved,
        MarkerKind::Moved,
        MarkerKind::CancelRequested,
    ]);
    (kinds, any::<u16>(), option::of(any::<u32>()), texts())
        .prop_map(|(kind, version, task, data)| Marker {
            kind,
            version,
            task: task.map(TaskId),
            data,
        })
        .boxed()
}

/// What the orchestrator's code does.
fn steps() -> BoxedStrategy<EventKind> {
    prop_oneof![
        (tasks(), names(), versions(), payloads()).prop_map(|(task, name, version, input)| {
            EventKind::TaskScheduled {
                task,
                name,
                version,
                input,
            }
        }),
        (tasks(), instances(), names(), versions(), payloads()).prop_map(
            |(task, instance, name, version, input)| EventKind::SubOrchestrationInstanceCreated {
                task,
                instance,
                name,
                version,
                input,
            }
        ),
        (tasks(), moments()).prop_map(|(task, fire_at)| EventKind::TimerCreated { task, fire_at }),
        (tasks(), instances(), event_names(), payloads()).prop_map(|(task, instance, name, input)| {
            EventKind::EventSent {
                task,
                instance,
                name,
                input,
            }
        }),
        markers().prop_map(EventKind::Marker),
        ends().prop_map(EventKind::ExecutionCompleted),
        (executions(), versions(), payloads())
            .prop_map(|(next, version, input)| { EventKind::ContinueAsNew { next, version, input } }),
    ]
    .boxed()
}

/// What comes to it.
fn arrivals() -> BoxedStrategy<EventKind> {
    prop_oneof![
        starts().prop_map(|started| EventKind::ExecutionStarted(Box::new(started))),
        (tasks(), payloads()).prop_map(|(task, result)| EventKind::TaskCompleted { task, result }),
        (tasks(), failures()).prop_map(|(task, failure)| EventKind::TaskFailed { task, failure }),
        (tasks(), payloads())
            .prop_map(|(task, result)| EventKind::SubOrchestrationInstanceCompleted { task, result }),
        (tasks(), failures())
            .prop_map(|(task, failure)| EventKind::SubOrchestrationInstanceFailed { task, failure }),
        (tasks(), moments()).prop_map(|(task, fire_at)| EventKind::TimerFired { task, fire_at }),
        (event_names(), payloads()).prop_map(|(name, input)| EventKind::EventRaised { name, input }),
        texts().prop_map(|reason| EventKind::ExecutionTerminated { reason }),
        texts().prop_map(|reason| EventKind::ExecutionSuspended { reason }),
        texts().prop_map(|reason| EventKind::ExecutionResumed { reason }),
        (texts(), executions(), executions(), versions()).prop_map(|(reason, from, execution, version)| {
            EventKind::ExecutionRewound {
                reason,
                from,
                execution,
                version,
            }
        }),
        Just(EventKind::OrchestratorStarted),
        Just(EventKind::OrchestratorCompleted),
    ]
    .boxed()
}

pub(super) fn events() -> BoxedStrategy<Event> {
    let kinds = prop_oneof![steps(), arrivals()];
    (moments(), traces(), kinds)
        .prop_map(|(at, trace, kind)| Event { at, trace, kind })
        .boxed()
}
