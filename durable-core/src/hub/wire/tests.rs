use std::time::Duration;

use serde::de::DeserializeOwned;

use super::*;
use crate::history::{Event, EventKind, ExecutionStarted, Tags, TraceContext};
use crate::hub::{
    ActivityOrder, ChildStart, IdReuse, InstanceQuery, InstanceStatus, PageToken, Signal, StartOutcome,
    StartRequest,
};
use crate::id::{InstanceId, TaskId};
use crate::name::WireName;
use crate::version::RecordedVersion;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(sent: &T) {
    let text = serde_json::to_string(sent).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), sent, "{text}");
}

fn trace() -> TraceContext {
    TraceContext {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        tracestate: Some("vendor=1".to_owned()),
    }
}

fn started() -> ExecutionStarted {
    ExecutionStarted {
        instance: InstanceId::new("order-42").unwrap(),
        execution: ExecutionId::from_random(7),
        name: WireName::new("checkout").unwrap(),
        version: RecordedVersion::from("1.2".to_owned()),
        input: Payload::from_bytes(crate::Encoding::Custom(7), vec![0, 255]).unwrap(),
        parent: None,
        generation: 0,
        scheduled_start: Some(Timestamp::MAX),
        tags: Tags::from([("shop".to_owned(), "\u{e9}\n".to_owned())]),
    }
}

#[test]
fn what_clients_send_comes_back() {
    comes_back(&StartRequest {
        started: started(),
        reuse: IdReuse::TerminateExisting,
        raise: Some((EventName::new("go on").unwrap(), Payload::unit())),
        trace: Some(Box::new(trace())),
    });
    comes_back(&StartOutcome::Started(ExecutionId::from_random(7)));
    let reason = || "why".to_owned();
    comes_back(&Signal::Terminate {
        reason: reason(),
        recursive: true,
    });
    comes_back(&Signal::Suspend { reason: reason() });
    let query = InstanceQuery {
        names: vec![WireName::new("a").unwrap()],
        versions: vec![RecordedVersion::Blank, RecordedVersion::from("vNext".to_owned())],
        statuses: InstanceStatus::ALL.to_vec(),
        tags: Tags::from([("k".to_owned(), "v".to_owned())]),
        created_from: Some(Timestamp::from_micros(-1)),
        created_before: Some(Timestamp::MAX),
        ended_from: Some(Timestamp::from_micros(0)),
        ended_before: Some(Timestamp::from_micros(1)),
        id_prefix: Some("100%".to_owned()),
        blocked: Some(false),
        stalled: Some(true),
        newest_first: true,
        page_size: Some(7),
        after: Some(PageToken("t".to_owned())),
    };
    comes_back(&query);
    assert_eq!(serde_json::to_string(&InstanceQuery::default()).unwrap(), "{}");
}

#[test]
fn what_a_rewind_sends_comes_back() {
    let event = Event::new(
        Timestamp::from_micros(5),
        EventKind::ExecutionStarted(Box::new(started())),
    );
    let order = ActivityOrder {
        task: TaskId(1),
        name: WireName::new("charge").unwrap(),
        version: RecordedVersion::Blank,
        input: Payload::unit(),
        attempt: 2,
        heartbeat: Some(Duration::from_millis(1_500)),
        queue: None,
        trace: None,
    };
    let outgoing = vec![
        Outgoing::Activity(order),
        Outgoing::Timer {
            task: TaskId(2),
            fire_at: Timestamp::MAX,
        },
        Outgoing::StartChild(Box::new(ChildStart {
            started: started(),
            policy: crate::history::ChildPolicy::Abandon,
            trace: Some(Box::new(trace())),
        })),
        Outgoing::Send {
            to: started().instance,
            execution: None,
            event: event.clone(),
        },
        Outgoing::CancelTimer(TaskId(3)),
    ];
    comes_back(&Amend {
        execution: ExecutionId::from_random(7),
        event_count: u64::MAX,
        amendment: Amendment::Rewind {
            execution: ExecutionId::from_random(8),
            events: vec![event],
            version: RecordedVersion::Blank,
            outgoing,
        },
    });
}

/// A server that ignored a filter would purge what the client left out.
#[test]
fn a_filter_that_is_not_known_is_refused() {
    let later = "{\"names\": [\"a\"], \"owned_by\": \"worker-1\"}";
    let error = serde_json::from_str::<InstanceQuery>(later).unwrap_err();
    assert!(error.to_string().contains("unknown field `owned_by`"), "{error}");
    let later = "{\"Terminate\": {\"reason\": \"\", \"recursive\": false, \"gently\": true}}";
    assert!(serde_json::from_str::<Signal>(later).is_err());
}

#[test]
fn capabilities_of_later_releases_are_passed_over_and_missing_ones_are_not_there() {
    let read: Capabilities = serde_json::from_str("{\"persistent\": true, \"later\": true}").unwrap();
    assert_eq!(read, Capabilities::NONE.with_persistence());
    comes_back(&Capabilities::NONE.with_listing_by_time());
}

#[test]
fn kinds_of_errors_have_names() {
    for kind in HubErrorKind::ALL {
        assert_eq!(HubErrorKind::named(kind.name()), Some(kind));
        assert_eq!(format!("{kind:?}"), kind.name());
    }
    assert_eq!(HubErrorKind::named("Later"), None);
}
