//! What is sent, how often, and what becomes of the answers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::{Duration, Instant};

use durable_core::history::{ExecutionStarted, Tags};
use durable_core::hub::{
    ActivityKey, Amendment, ClientOperations as _, CompletionToken, Fence, FenceId, HubError, HubErrorKind,
    HubFuture, IdReuse, InstanceQuery, ManagementQueries as _, Signal, StartRequest, TaskHub as _,
    WorkerOffer,
};
use durable_core::{
    BuildId, Clock as _, EventName, ExecutionId, InstanceId, Payload, RecordedVersion, SystemClock, TaskId,
    Timestamp, WireName, WorkerId,
};
use durable_remote::RemoteHub;
use support::run;
use support::scripted::{Act, Scripted, described, ok};

#[path = "support/mod.rs"]
mod support;

fn id() -> InstanceId {
    InstanceId::new("order-1").unwrap()
}

fn execution() -> ExecutionId {
    ExecutionId::from_random(7)
}

fn started() -> StartRequest {
    StartRequest {
        started: ExecutionStarted {
            instance: id(),
            execution: execution(),
            name: WireName::new("order").unwrap(),
            version: RecordedVersion::Blank,
            input: Payload::unit(),
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: Tags::new(),
        },
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    }
}

fn fence() -> Fence {
    Fence {
        id: FenceId::new("f").unwrap(),
        codes: Vec::new(),
        reason: String::new(),
        until: Timestamp::MAX,
    }
}

/// Leaves out what is answered.
fn told<'a, T: Send + 'a>(call: HubFuture<'a, T>) -> HubFuture<'a, ()> {
    Box::pin(async move { call.await.map(drop) })
}

/// A call by its name.
type Named<'a> = (&'static str, Box<dyn Fn(&'a RemoteHub) -> HubFuture<'a, ()>>);

/// What is sent once, and what may be sent again.
#[expect(clippy::too_many_lines, reason = "a table")]
fn calls<'a>() -> (Vec<Named<'a>>, Vec<(Named<'a>, &'static str)>) {
    let reason = || "why".to_owned();
    let once: Vec<Named<'a>> = vec![
        (
            "terminate",
            Box::new(move |hub| {
                hub.signal(
                    &id(),
                    Signal::Terminate {
                        reason: reason(),
                        recursive: true,
                    },
                )
            }),
        ),
        (
            "event",
            Box::new(|hub| {
                let (name, input) = (EventName::new("go").unwrap(), Payload::unit());
                hub.signal(&id(), Signal::Event { name, input })
            }),
        ),
        (
            "complete",
            Box::new(|hub| {
                let token = CompletionToken(ActivityKey {
                    instance: id(),
                    execution: execution(),
                    task: TaskId(1),
                });
                hub.complete_activity(&token, Ok(Payload::unit()))
            }),
        ),
        (
            "amend",
            Box::new(|hub| {
                let version = RecordedVersion::Blank;
                let rewind = Amendment::Rewind {
                    execution: execution(),
                    events: vec![],
                    version,
                    outgoing: vec![],
                };
                hub.amend(&id(), &execution(), 1, rewind)
            }),
        ),
        ("lower", Box::new(|hub| told(hub.lower_fence(&fence().id)))),
        ("purge", Box::new(|hub| told(hub.purge(&id(), true)))),
        (
            "purge many",
            Box::new(|hub| told(hub.purge_matching(InstanceQuery::default()))),
        ),
    ];
    let again: Vec<(Named<'a>, &'static str)> = vec![
        (
            ("start", Box::new(|hub| told(hub.start(started())))),
            "{\"Started\": \"x\"}",
        ),
        (("raise", Box::new(|hub| hub.raise_fence(fence()))), ""),
        (
            ("get", Box::new(|hub| told(hub.get(&id())))),
            "{\"record\": null}",
        ),
        (
            ("query", Box::new(|hub| told(hub.query(InstanceQuery::default())))),
            "{\"items\": [], \"next\": null}",
        ),
        (
            ("history", Box::new(|hub| told(hub.history(&id(), None)))),
            "{\"history\": null, \"next\": null}",
        ),
        (("versions", Box::new(|hub| told(hub.version_counts()))), "[]"),
        (("workers", Box::new(|hub| told(hub.workers()))), "[]"),
        (("fences", Box::new(|hub| told(hub.fences()))), "[]"),
    ];
    (once, again)
}

const BUSY: &str =
    "{\"error\": \"unavailable\", \"message\": \"the hub is busy\", \"kind\": \"Unavailable\"}";

#[test]
fn what_may_have_been_done_is_sent_once_and_what_is_idempotent_again() {
    run(async {
        let (once, again) = calls();
        for trouble in [Act::HangUp, Act::Answer(503, BUSY.to_owned())] {
            for (what, call) in &once {
                let server = Scripted::new(vec![described(), trouble.clone(), ok("")]);
                // It lives as long as the test, as the calls want it.
                let hub = Box::leak(Box::new(
                    RemoteHub::at(&server.url()).unwrap().open().await.unwrap(),
                ));
                let error = call(hub).await.unwrap_err();
                assert_eq!(error.kind(), HubErrorKind::Unavailable, "{what}");
                assert_eq!(
                    server.asked().len(),
                    2,
                    "{what} was sent again after {trouble:?}: {error}"
                );
                if matches!(trouble, Act::HangUp) {
                    let unsure = "whether it was done is told by what it concerns";
                    assert!(error.to_string().contains(unsure), "{what}: {error}");
                }
            }
            for ((what, call), answer) in &again {
                let server = Scripted::new(vec![described(), trouble.clone(), ok(answer)]);
                let hub = Box::leak(Box::new(
                    RemoteHub::at(&server.url()).unwrap().open().await.unwrap(),
                ));
                call(hub).await.unwrap_or_else(|error| panic!("{what}: {error}"));
                let asked = server.asked();
                assert_eq!(asked.len(), 3, "{what}");
                assert_eq!(
                    (&asked[1].line, &asked[1].body),
                    (&asked[2].line, &asked[2].body),
                    "{what}"
                );
            }
        }
    });
}

#[test]
fn what_was_not_sent_is_tried_again_whatever_it_is() {
    run(async {
        let server = Scripted::new(vec![described()]);
        let hub = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        // Nobody listens there any more.
        let begun = Instant::now();
        let error = hub.purge(&id(), true).await.unwrap_err();
        assert!(
            begun.elapsed() >= Duration::from_millis(600),
            "it was not tried three times"
        );
        let text = format!(
            "there is no connection to the server at `{}`: connection refused",
            server.url()
        );
        assert_eq!(
            (error.kind(), error.to_string()),
            (HubErrorKind::Unavailable, text)
        );
    });
}

#[test]
fn what_the_hub_refuses_is_not_asked_again() {
    run(async {
        let body = "{\"error\": \"e\", \"message\": \"the words\", \"kind\": \"Closed\"}";
        let server = Scripted::new(vec![described(), Act::Answer(503, body.to_owned()), ok("[]")]);
        let hub = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let error = hub.workers().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (HubErrorKind::Closed, "the words".to_owned())
        );
        assert_eq!(server.asked().len(), 2);
    });
}

fn shown(error: &HubError) -> String {
    format!("{error} {error:?}")
}

#[test]
fn a_key_goes_to_the_server_alone_and_is_in_no_text() {
    run(async {
        let server = Scripted::new(vec![
            described(),
            Act::Answer(302, String::new()),
            Act::Answer(401, String::new()),
            ok("no JSON"),
        ]);
        let address = format!("{}/shop?code=dk_s3cret&taskHub=Shop", server.url());
        let options = RemoteHub::at(&address).unwrap();
        let mut texts = vec![format!("{options:?}")];
        let hub = options.open().await.unwrap();
        texts.push(format!("{hub:?}"));
        let moved = hub.get(&id()).await.unwrap_err();
        assert_eq!(moved.kind(), HubErrorKind::Unsupported);
        let denied = hub.purge(&id(), false).await.unwrap_err();
        assert_eq!(denied.kind(), HubErrorKind::Denied);
        let other = hub.workers().await.unwrap_err();
        assert_eq!(other.kind(), HubErrorKind::Corrupt);
        let gone = hub.purge(&id(), false).await.unwrap_err();
        texts.extend([&moved, &denied, &other, &gone].map(shown));
        for text in texts {
            assert!(!text.contains("s3cret"), "{text}");
        }
        let asked = server.asked();
        let lines: Vec<&str> = asked.iter().map(|asked| asked.line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "GET /shop/durable/hub/v1?taskHub=Shop",
                "GET /shop/durable/hub/v1/instances/order-1?taskHub=Shop",
                "POST /shop/durable/hub/v1/instances/order-1/purge?recursive=false&taskHub=Shop",
                "GET /shop/durable/hub/v1/workers?taskHub=Shop",
            ],
            "a redirect is not followed"
        );
        for asked in &asked {
            let key = asked
                .headers
                .iter()
                .find(|header| header.starts_with("x-functions-key: "));
            assert_eq!(key.unwrap(), "x-functions-key: dk_s3cret");
        }
    });
}

#[test]
fn a_hub_that_is_open_for_reading_changes_nothing() {
    run(async {
        let server = Scripted::new(vec![described(), ok("{\"items\": [], \"next\": null}")]);
        let hub = RemoteHub::at(&server.url())
            .unwrap()
            .read_only()
            .open()
            .await
            .unwrap();
        assert!(
            hub.query(InstanceQuery::default())
                .await
                .unwrap()
                .items
                .is_empty()
        );
        let error = hub.start(started()).await.unwrap_err();
        assert_eq!(error.kind(), HubErrorKind::Invalid);
        assert!(error.to_string().ends_with("is open for reading only"), "{error}");
        assert_eq!(server.asked().len(), 2);
    });
}

#[test]
fn no_worker_joins_through_a_server() {
    run(async {
        let server = Scripted::new(vec![described()]);
        let hub = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let offer = WorkerOffer {
            worker: WorkerId::new("w").unwrap(),
            build: BuildId(1),
            orchestrators: Vec::new(),
            activities: Vec::new(),
            takes_mismatched: false,
        };
        let error = hub.join(offer).await.unwrap_err();
        assert_eq!(error.kind(), HubErrorKind::Unsupported);
        assert!(error.to_string().contains("open the hub itself"), "{error}");
    });
}

#[test]
fn the_clock_is_the_hubs_and_a_key_that_may_not_look_can_still_act() {
    run(async {
        let hours = 3_600_000_000;
        let ahead = SystemClock.now().as_micros() + 5 * hours;
        let body =
            format!("{{\"capabilities\": {{\"persistent\": true}}, \"now\": {ahead}, \"release\": \"9\"}}");
        let server = Scripted::new(vec![ok(&body)]);
        let hub = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let off = hub.clock().now().as_micros() - SystemClock.now().as_micros();
        assert!((off - 5 * hours).abs() < hours, "{off}");
        assert!(hub.capabilities().persistent && !hub.capabilities().multi_process);

        let forbidden =
            "{\"error\": \"forbidden\", \"message\": \"this route needs a key with the scope `read`\"}";
        let server = Scripted::new(vec![
            Act::Answer(403, forbidden.to_owned()),
            ok("{\"Started\": \"x\"}"),
        ]);
        let hub = RemoteHub::at(&server.url())
            .unwrap()
            .key("dk_start")
            .unwrap()
            .open()
            .await
            .unwrap();
        hub.start(started()).await.unwrap();
    });
}

#[test]
fn a_history_is_read_in_parts_of_one_execution_or_anew() {
    run(async {
        let part = |execution: &str, times: &[u32], next: &str| {
            let events: Vec<String> = times
                .iter()
                .map(|at| format!("{{\"at\": {at}, \"trace\": null, \"kind\": \"OrchestratorStarted\"}}"))
                .collect();
            let events = events.join(", ");
            ok(&format!(
                "{{\"history\": {{\"execution\": \"{execution}\", \"events\": [{events}]}}, \"next\": {next}}}"
            ))
        };
        let server = Scripted::new(vec![
            described(),
            part("one", &[1, 2], "2"),
            // It has gone over to another execution.
            ok("{\"history\": null, \"next\": null}"),
            part("two", &[3, 4], "2"),
            part("two", &[5, 6], "4"),
            part("two", &[7], "null"),
        ]);
        let hub = RemoteHub::at(&server.url()).unwrap().open().await.unwrap();
        let history = hub.history(&id(), None).await.unwrap().unwrap();
        assert_eq!(history.execution.as_str(), "two");
        let times: Vec<i64> = history.events.iter().map(|event| event.at.as_micros()).collect();
        assert_eq!(times, [3, 4, 5, 6, 7]);
        let base = "GET /durable/hub/v1/instances/order-1/history";
        let lines: Vec<String> = server
            .asked()
            .into_iter()
            .skip(1)
            .map(|asked| asked.line)
            .collect();
        assert_eq!(
            lines,
            [
                base.to_owned(),
                format!("{base}?execution=one&after=2"),
                base.to_owned(),
                format!("{base}?execution=two&after=2"),
                format!("{base}?execution=two&after=4"),
            ]
        );
    });
}
