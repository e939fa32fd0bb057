//! `/metrics`: what it shows, how it is written, and how seldom the hub is asked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use durable_core::client::Client;
use durable_core::hub::{Fence, FenceId, TaskHub};
use durable_core::{Payload, Version};
use durable_server::metrics::{ALL, Exposition};
use durable_server::{Settings, router};
use durable_testkit::{Fault, FaultyHub, MemoryHub};
use support::{KINDS, Kind, World, run, script};

#[path = "support/mod.rs"]
mod support;

/// A text as a scraper reads it: the kind of each metric, and the value of each sample.
#[derive(Debug, Default)]
struct Read {
    kinds: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Read {
    /// Reads the format strictly: samples stand behind the line that says of which kind they are, and none twice.
    fn of(text: &str) -> Self {
        let mut read = Self::default();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                name.clone_into(&mut current);
                let before = read.kinds.insert(current.clone(), kind.to_owned());
                assert_eq!(before, None, "{name} is there twice");
            } else if line.starts_with('#') {
                assert!(line.starts_with("# HELP "), "{line}");
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let name = series.split('{').next().unwrap();
                let part = name.strip_prefix(current.as_str());
                let parts: &[&str] = match read.kinds[&current].as_str() {
                    "histogram" => &["_bucket", "_sum", "_count"],
                    _ => &[""],
                };
                assert!(
                    part.is_some_and(|part| parts.contains(&part)),
                    "{line} is not of {current}"
                );
                let before = read.samples.insert(series.to_owned(), value.parse().unwrap());
                assert_eq!(before, None, "{series} is there twice");
            }
        }
        read
    }

    fn value(&self, series: &str) -> f64 {
        *self
            .samples
            .get(series)
            .unwrap_or_else(|| panic!("{series} is not among {self:#?}"))
    }
}

async fn read(world: &World) -> Read {
    let reply = world.ask("GET", "/metrics").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    Read::of(&reply.text())
}

/// Asks another server before the same hub, which has no figures yet.
async fn read_anew(world: &World) -> Read {
    let router = router(world.client(), Settings::open());
    let folder = tempfile::tempdir().unwrap();
    read(&World {
        hub: Arc::clone(&world.hub),
        router,
        folder,
    })
    .await
}

async fn start(client: &Client, name: &str, version: &str) {
    let start = client
        .start_named(name, Payload::unit())
        .version(Version::new(version).unwrap());
    start.await.unwrap();
}

#[test]
#[expect(clippy::float_cmp, reason = "they are whole numbers")]
#[expect(
    clippy::too_many_lines,
    reason = "a hub with something of everything, and a table"
)]
fn the_hub_s_instances_workers_and_fences_are_shown() {
    for kind in KINDS {
        run(async {
            let world = World::open(kind);
            let client = world.client();
            let empty = read(&world).await;
            assert_eq!(empty.value("durable_hub_workers"), 0.0);
            assert_eq!(empty.value("durable_hub_oldest_pending_seconds"), 0.0);
            for (name, version) in [("echo", "0.5"), ("echo", "0.5"), ("waits", "1"), ("lost", "3")] {
                start(&client, name, version).await;
            }
            let ended = client
                .start_named("echo", Payload::unit())
                .id("e-1")
                .version(Version::ONE)
                .await
                .unwrap();
            let waiting = client.query().name("waits").all().await.unwrap().remove(0);
            let _worker = script::join(&world.hub).await;
            ended.wait_ended().await.unwrap();
            let waiting = client.instance(waiting.instance.as_str()).unwrap();
            waiting.wait_until(|record| record.event_count > 0).await.unwrap();
            let fence = Fence {
                id: FenceId::new("release-7").unwrap(),
                codes: Vec::new(),
                reason: String::new(),
                until: client.hub().clock().now() + Duration::from_mins(10),
            };
            client.raise_fence(fence).await.unwrap();

            let read = read_anew(&world).await;
            let known: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
            assert_eq!(
                read.kinds.keys().map(String::as_str).collect::<BTreeSet<_>>(),
                known
            );
            for metric in ALL {
                assert_eq!(read.kinds[metric.name], metric.kind.to_string());
            }
            for (series, value) in [
                ("durable_hub_up", 1.0),
                ("durable_hub_workers", 1.0),
                ("durable_hub_fences", 1.0),
                (
                    "durable_hub_instances{name=\"echo\",version=\"1\",state=\"ended\"}",
                    1.0,
                ),
                (
                    "durable_hub_instances{name=\"echo\",version=\"0.5\",state=\"pending\"}",
                    2.0,
                ),
                (
                    "durable_hub_instances{name=\"waits\",version=\"1\",state=\"waiting\"}",
                    1.0,
                ),
                ("durable_hub_stalled_instances{name=\"lost\",version=\"3\"}", 1.0),
                ("durable_hub_stalled_instances{name=\"waits\",version=\"1\"}", 0.0),
                (
                    "durable_hub_draining_instances{name=\"echo\",version=\"0.5\"}",
                    2.0,
                ),
                (
                    "durable_hub_draining_instances{name=\"waits\",version=\"1\"}",
                    0.0,
                ),
                ("durable_hub_offers{name=\"waits\",version=\"1\"}", 1.0),
            ] {
                assert_eq!(read.value(series), value, "{series} of {kind:?}");
            }
            assert!(read.value("durable_hub_oldest_seconds{name=\"lost\",version=\"3\"}") > 0.0);
            assert!(
                !read
                    .samples
                    .contains_key("durable_hub_oldest_seconds{name=\"echo\",version=\"1\"}")
            );
            assert!(read.value("durable_hub_oldest_pending_seconds") > 0.0);
            let ids = client.query().all().await.unwrap();
            for series in read.samples.keys() {
                assert!(
                    !ids.iter().any(|record| series.contains(record.instance.as_str())),
                    "{series}"
                );
            }
        });
    }
}

#[test]
#[expect(clippy::float_cmp, reason = "they are whole numbers")]
fn requests_are_counted_by_route_and_never_by_address() {
    run(async {
        let world = World::open(Kind::Memory);
        for path in [
            "/durable/instances/a/tree",
            "/durable/instances/b/tree",
            "/durable/workers",
            "/x",
            "/y",
        ] {
            world.ask("GET", path).await;
        }
        world.ask("PUT", "/durable/workers").await;
        let read = read(&world).await;
        let of = |method, route, status| {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            read.value(&format!("durable_http_requests_total{{{labels}}}"))
        };
        assert_eq!(of("GET", "/durable/instances/{instanceId}/tree", "4xx"), 2.0);
        assert_eq!(of("GET", "/durable/workers", "2xx"), 1.0);
        assert_eq!(of("", "", "4xx"), 3.0);
        let series = "durable_http_request_duration_seconds_count{method=\"GET\",route=\"/durable/workers\"}";
        assert_eq!(read.value(series), 1.0);
    });
}

#[test]
#[expect(clippy::float_cmp, reason = "they are whole numbers")]
fn however_many_ask_the_hub_is_asked_once_in_a_while() {
    run(async {
        let world = World::open(Kind::Memory);
        let client = world.client();
        start(&client, "waits", "1").await;
        let series = "durable_hub_instances{name=\"waits\",version=\"1\",state=\"pending\"}";
        let first = read(&world).await;
        assert_eq!(first.value(series), 1.0);
        start(&client, "waits", "1").await;
        let (second, third) = tokio::join!(read(&world), read(&world));
        assert_eq!((second.value(series), third.value(series)), (1.0, 1.0));
        let age = |read: &Read| read.value("durable_hub_figures_age_seconds");
        assert!(age(&second) > age(&first));
    });
}

#[test]
#[expect(clippy::float_cmp, reason = "they are whole numbers")]
fn of_a_hub_that_does_not_answer_the_server_tells_that_and_the_rest() {
    run(async {
        let faulty = FaultyHub::new(Arc::new(MemoryHub::default()));
        faulty.inject(Fault::CrashFrom(1));
        let hub: Arc<dyn TaskHub> = faulty.hub();
        let router = router(Client::without_code(Arc::clone(&hub)), Settings::open());
        let world = World {
            hub,
            router,
            folder: tempfile::tempdir().unwrap(),
        };
        assert_eq!(world.ask("GET", "/durable/workers").await.status, 503);
        let read = read(&world).await;
        assert_eq!(read.value("durable_hub_up"), 0.0);
        assert!(
            !read
                .samples
                .keys()
                .any(|series| series.starts_with("durable_hub_instances"))
        );
        let series = "durable_http_requests_total{method=\"GET\",route=\"/durable/workers\",status=\"5xx\"}";
        assert_eq!(read.value(series), 1.0);
    });
}

#[test]
#[expect(clippy::float_cmp, reason = "they are whole numbers")]
fn a_program_shows_what_its_own_recorder_has_counted() {
    run(async {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new()
            .install_recorder()
            .unwrap();
        durable_core::metrics::describe();
        let world = World::with(Kind::Memory, |_| {
            let exposition = Some(Exposition::new(move || recorder.render()));
            Settings {
                exposition,
                ..Settings::open()
            }
        });
        let path = "/runtime/webhooks/durabletask/orchestrators/recorded";
        assert_eq!(world.ask("POST", path).await.status, 202);
        let read = read(&world).await;
        let counted: Vec<(&String, &f64)> = read
            .samples
            .iter()
            .filter(|(series, _)| series.starts_with("durable_starts_total{"))
            .collect();
        // Other tests of this process start instances, too, of other names.
        let own = counted.iter().find(|(series, _)| {
            ["name=\"recorded\"", "version=\"\"", "outcome=\"started\""]
                .iter()
                .all(|label| series.contains(label))
        });
        assert_eq!(*own.unwrap().1, 1.0, "{counted:?}");
        assert_eq!(read.kinds["durable_starts_total"], "counter");
    });
}

#[test]
fn the_documentation_shows_the_table_of_the_server() {
    let documented: Vec<&str> = include_str!("../../docs/observability.md")
        .lines()
        .filter(|line| line.starts_with("| `durable_hub_") || line.starts_with("| `durable_http_"))
        .collect();
    let of_code: Vec<String> = ALL
        .iter()
        .map(|metric| {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = labels.join(", ");
            let space = if labels.is_empty() { "" } else { " " };
            format!(
                "| `{}` | {} | {labels}{space}| {} |",
                metric.name, metric.kind, metric.meaning
            )
        })
        .collect();
    assert_eq!(documented, of_code);
}

#[test]
fn a_start_belongs_to_the_trace_of_its_request_and_a_malformed_one_is_ignored() {
    run(async {
        let world = World::open(Kind::Memory);
        let client = world.client();
        let _worker = script::join(&world.hub).await;
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for (id, header, expected) in [
            ("t-1", good, Some(good)),
            ("t-2", "00-x-y-01", None),
            ("t-3", "\u{e9}", None),
        ] {
            let path = format!("/runtime/webhooks/durabletask/orchestrators/waits/{id}");
            let reply = world
                .send("POST", &path, &[("traceparent", header)], Vec::new())
                .await;
            assert_eq!(reply.status, 202, "{}", reply.text());
            let instance = client.instance(id).unwrap();
            instance
                .wait_until(|record| record.event_count > 0)
                .await
                .unwrap();
            let events = instance.history().await.unwrap().events;
            let stored = events.into_iter().find_map(|event| event.trace);
            assert_eq!(stored.map(|context| context.traceparent).as_deref(), expected);
        }
    });
}
