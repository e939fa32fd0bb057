//! Malformed input of every kind is answered with 4xx and a reason, never with 5xx, and loses nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use durable_core::Payload;
use durable_server::{Limits, Settings, routes};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use support::{Kind, World, run};

#[path = "support/mod.rs"]
mod support;

/// Parameters that some route reads, and one that none does.
const PARAMETERS: [&str; 30] = [
    "showHistory",
    "showHistoryOutput",
    "showInput",
    "returnInternalServerErrorOnFailure",
    "instanceIdPrefix",
    "createdTimeFrom",
    "createdTimeTo",
    "runtimeStatus",
    "top",
    "timeout",
    "pollingInterval",
    "version",
    "toVersion",
    "restartWithNewInstanceId",
    "orchestrator",
    "statuses",
    "taskHub",
    "execution",
    "after",
    "created",
    "seen",
    "recursive",
    "name",
    "tag",
    "blocked",
    "newestFirst",
    "known",
    "events",
    "step",
    "unheardOf",
];

const VALUES: [&str; 16] = [
    "",
    "true",
    "FALSE",
    "maybe",
    "0",
    "1",
    "-1",
    "1e308",
    "99999999999999999999",
    "NaN",
    "2020-01-01",
    "2020-02-30T99:99",
    "Running,Failed",
    "sleeping",
    "a@b@c",
    "\u{1f980}\0\n",
];

const BODIES: [&str; 18] = [
    "",
    "null",
    "{",
    "{\"a\":",
    "[[[[[[",
    "\"\\ud800\"",
    "1e999",
    "{\"id\":\"x\",\"seconds\":18446744073709551615}",
    "{\"id\":7}",
    "{\"id\":\"x\",\"seconds\":1,\"orchestrators\":[\"\"]}",
    "{\"id_prefix\":\"\\u0000\",\"page_size\":0,\"after\":\"x\"}",
    "{\"created_from\":-9223372036854775808,\"created_before\":9223372036854775807}",
    "{\"page_size\":18446744073709551615}",
    "{\"Suspend\":{\"reason\":\"\"}}",
    "{\"name\":\"@\",\"input\":{\"Json\":\"{\"}}",
    "{\"name\":\"go\",\"input\":{\"Bytes\":{\"encoding\":65535,\"bytes\":[256]}}}",
    "{\"id\":\"x\",\"codes\":[],\"reason\":\"\",\"until\":9223372036854775807}",
    "{\"execution\":\"\",\"event_count\":-1,\"amendment\":{\"Move\":{}}}",
];

#[derive(Debug, Clone)]
struct Malformed {
    method: &'static str,
    route: usize,
    /// What stands at the names of the route.
    parts: Vec<Vec<u8>>,
    query: Vec<(String, Vec<u8>)>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn malformed() -> impl Strategy<Value = Malformed> {
    let part = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        select(vec!["order", "a/b", "@e", "..", "", "%", "x y"]).prop_map(|text| text.as_bytes().to_vec()),
        Just(vec![b'x'; 300]),
    ];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        select(VALUES.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
    ];
    let name = select(PARAMETERS.to_vec()).prop_map(str::to_owned);
    let header = select(vec![
        "content-type",
        "x-ms-continuation-token",
        "x-functions-key",
        "authorization",
        "origin",
        "content-length",
    ]);
    let header_value = prop_oneof![
        prop::collection::vec(0x20_u8..0xff, 0..12),
        Just(b"application/json".to_vec()),
        Just(b"99999999999".to_vec()),
    ];
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        select(BODIES.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        Just("[".repeat(100_000).into_bytes()),
    ];
    (
        select(vec![
            "GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "BREW",
        ]),
        0..routes().count(),
        prop::collection::vec(part, 4),
        prop::collection::vec((name, value), 0..4),
        prop::collection::vec((header, header_value), 0..3),
        body,
    )
        .prop_map(|(method, route, parts, query, headers, body)| Malformed {
            method,
            route,
            parts,
            query,
            headers,
            body,
        })
}

/// Makes the request. `None` if not even the HTTP library takes it.
fn request(input: &Malformed) -> Option<Request<Body>> {
    let route = routes().nth(input.route)?;
    let escape = |bytes: &[u8]| percent_encode(bytes, NON_ALPHANUMERIC).to_string();
    let mut parts = input.parts.iter();
    let mut path = String::new();
    for word in route.path.split('/').skip(1) {
        path.push('/');
        match word.strip_prefix('{') {
            Some(_) => path.push_str(&escape(parts.next()?)),
            None => path.push_str(word),
        }
    }
    let query: Vec<String> = input
        .query
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect();
    let mut request = Request::builder()
        .method(input.method)
        .uri(format!("{path}?{}", query.join("&")))
        .header("host", support::HOST);
    for (name, value) in &input.headers {
        request = request.header(*name, value.as_slice());
    }
    request.body(Body::from(input.body.clone())).ok()
}

fn settings() -> Settings {
    let limits = Limits {
        wait: Duration::from_millis(5),
        body: 200_000,
        ..Limits::default()
    };
    Settings {
        limits,
        ..Settings::open()
    }
}

#[test]
fn malformed_input_is_never_the_servers_fault_and_loses_nothing() {
    for kind in support::KINDS {
        let cases = match kind {
            Kind::Memory => 5_000,
            Kind::Sqlite => 1_000,
        };
        run(async {
            let world = World::with(kind, |_| settings());
            let input = Payload::from_json("{\"cents\": 995}").unwrap();
            let kept = world
                .client()
                .start_named("checkout", input)
                .id("kept")
                .await
                .unwrap();
            let before = kept.status().await.unwrap();
            let runtime = tokio::runtime::Handle::current();
            let (done, refused) = (AtomicU32::new(0), AtomicU32::new(0));
            let mut runner = TestRunner::new(Config {
                cases,
                failure_persistence: None,
                ..Config::default()
            });
            let tried = tokio::task::block_in_place(|| {
                runner
                    .run(&malformed(), |input| {
                        let Some(request) = request(&input) else {
                            return Ok(());
                        };
                        let entities = routes()
                            .nth(input.route)
                            .is_some_and(|route| route.path.contains("/entities"));
                        let reply = runtime.block_on(world.request(request));
                        if reply.status < 300 { &done } else { &refused }.fetch_add(1, Ordering::Relaxed);
                        let expected = reply.status < 500 || (reply.status == 501 && entities);
                        prop_assert!(expected, "{}: {}", reply.status, reply.text());
                        // An answer to HEAD has no body.
                        if reply.status >= 400 && input.method != "HEAD" {
                            let why = reply.json();
                            // A status check that was asked to fail says why in its own way.
                            let told = why["error"].is_string()
                                && why["message"].as_str().is_some_and(|text| !text.is_empty());
                            prop_assert!(told || why["hasRunning"].is_boolean(), "no reason: {why}");
                        }
                        Ok(())
                    })
                    .map_err(|error| error.to_string())
            });
            assert_eq!(tried, Ok(()));
            let (done, refused) = (done.into_inner(), refused.into_inner());
            assert!(
                done > cases / 100 && refused > cases / 2,
                "too much was of one kind: {done} and {refused} of {cases}"
            );
            assert_eq!(
                kept.status().await.unwrap(),
                before,
                "what nobody asked about stays as it was"
            );
        });
    }
}

#[test]
fn addresses_that_are_too_long_are_refused() {
    run(async {
        let world = World::open(Kind::Memory);
        let reply = world
            .ask("GET", &format!("/durable/versions?x={}", "x".repeat(9_000)))
            .await;
        assert_eq!(reply.status, 414);
    });
}
