//! Waiting over several polls.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_core::client::Client;
use durable_core::hub::{
    ClientOperations as _, HubErrorKind, InstanceRecord, InstanceStatus, ManagementQueries as _, TaskHub,
};
use durable_core::{ExecutionId, InstanceId, Payload};
use durable_remote::RemoteHub;
use durable_server::Settings;
use durable_testkit::MemoryHub;
use support::scripted::{Act, Scripted, described, ok};
use support::{Serving, run};

#[path = "support/mod.rs"]
mod support;

fn id() -> InstanceId {
    InstanceId::new("order-1").unwrap()
}

/// What a server would answer that has such a record.
async fn record(hub: &Arc<dyn TaskHub>) -> String {
    let client = Client::without_code(Arc::clone(hub));
    client
        .start_named("order", Payload::unit())
        .id("order-1")
        .await
        .unwrap();
    let record: InstanceRecord = hub.get(&id()).await.unwrap().unwrap();
    serde_json::to_string(&record).unwrap()
}

const NOTHING: &str = "{\"record\": null, \"seen\": null, \"created_at\": 5}";

#[test]
fn a_wait_goes_on_over_polls_and_is_ended_by_the_change() {
    run(async {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::default());
        let record = record(&hub).await;
        let seen = |seen: &str| {
            ok(&format!(
                "{{\"record\": {record}, \"seen\": \"{seen}\", \"created_at\": 5}}"
            ))
        };
        let server = Scripted::new(vec![
            described(),
            ok(NOTHING),
            seen("a"),
            seen("a"),
            ok(NOTHING),
            seen("b"),
        ]);
        let remote = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();

        let execution = ExecutionId::new("first").unwrap();
        let ended = remote.wait_ended(&id(), Some(execution)).await.unwrap();
        assert_eq!(ended.instance, id());
        let looks = std::sync::atomic::AtomicU32::new(0);
        let second = |_: &InstanceRecord| looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1;
        remote.wait_until(&id(), Box::new(second)).await.unwrap();

        let asked = server.asked();
        let lines: Vec<&str> = asked.iter().skip(1).map(|asked| asked.line.as_str()).collect();
        let base = "GET /durable/hub/v1/instances/order-1";
        assert_eq!(
            lines,
            [
                format!("{base}/end?timeout=25&execution=first"),
                // The execution may have been followed by others since.
                format!("{base}/end?timeout=25&created=5"),
                format!("{base}/change?timeout=25"),
                format!("{base}/change?timeout=25&created=5&seen=a"),
                format!("{base}/change?timeout=25&created=5&seen=a"),
            ]
        );
    });
}

#[test]
fn a_server_that_lets_nobody_wait_is_not_asked_fast() {
    run(async {
        let gone = "{\"error\": \"notFound\", \"message\": \"gone\", \"kind\": \"NotFound\"}";
        let server = Scripted::new(vec![
            described(),
            ok(NOTHING),
            ok(NOTHING),
            Act::Answer(404, gone.to_owned()),
        ]);
        let remote = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let begun = Instant::now();
        let error = remote.wait_ended(&id(), None).await.unwrap_err();
        assert_eq!(
            error.kind(),
            HubErrorKind::NotFound,
            "another instance is none that was waited for"
        );
        assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    });
}

#[test]
fn a_wait_goes_on_when_a_connection_breaks() {
    run(async {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::default());
        let found = format!(
            "{{\"record\": {}, \"seen\": \"a\", \"created_at\": 5}}",
            record(&hub).await
        );
        let busy = Act::Answer(502, "<html>".to_owned());
        let server = Scripted::new(vec![described(), Act::HangUp, busy, ok(&found)]);
        let remote = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        remote.wait_ended(&id(), None).await.unwrap();
        assert_eq!(server.asked().len(), 4);
    });
}

#[test]
fn many_waits_leave_room_for_what_they_wait_for() {
    run(async {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::default());
        record(&hub).await;
        let server = Serving::of(Arc::clone(&hub), Settings::open());
        let remote = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let waits: Vec<_> = (0..40)
            .map(|_| {
                let remote = remote.clone();
                tokio::spawn(async move { remote.wait_ended(&id(), None).await })
            })
            .collect();
        // Each call before it is one more look at the waits.
        for _ in 0..20 {
            remote.get(&id()).await.unwrap();
        }
        let client = Client::without_code(Arc::new(remote));
        client
            .instance("order-1")
            .unwrap()
            .terminate("over")
            .await
            .unwrap();
        for wait in waits {
            assert_eq!(wait.await.unwrap().unwrap().status, InstanceStatus::Terminated);
        }
    });
}
