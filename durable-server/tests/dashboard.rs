//! The dashboard over plain HTTP: its files, and what it asks. `browser` looks at it as a person does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use durable_core::client::Client;
use durable_core::hub::TaskHub;
use durable_core::{Clock, Payload, Timestamp, Version};
use durable_server::{Scope, Settings, router};
use durable_sqlite::SqliteHub;
use durable_testkit::{ManualClock, MemoryHub};
use serde_json::{Value, json};
use support::{KINDS, Kind, Reply, World, files, run, script};

#[path = "support/mod.rs"]
mod support;

/// Returns the addresses that a file of the page names: of scripts, styles, pictures, and imported modules.
fn named_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (before, after) in [("href=\"", "\""), ("src=\"", "\""), ("from \"./", "\"")] {
        for rest in text.split(before).skip(1) {
            let name = rest.split(after).next().unwrap();
            if name.starts_with('#') {
                continue;
            }
            found.push(match before {
                "from \"./" => format!("/dashboard/{name}"),
                _ => format!("/{}", name.trim_start_matches("../")),
            });
        }
    }
    found
}

fn directive<'a>(policy: &'a str, name: &str) -> Option<&'a str> {
    policy
        .split(';')
        .map(str::trim)
        .find_map(|part| part.strip_prefix(name)?.strip_prefix(' '))
}

#[test]
fn the_page_and_all_that_it_names_are_there_and_may_do_little() {
    run(async {
        let world = World::open(Kind::Memory);
        let mut seen = BTreeSet::new();
        let mut open = vec!["/".to_owned()];
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let reply = world.ask("GET", &path).await;
            assert_eq!(reply.status, 200, "{path}");
            let media = match path.rsplit_once('.') {
                Some((_, "js")) => "text/javascript; charset=utf-8",
                Some((_, "css")) => "text/css; charset=utf-8",
                Some((_, "svg")) => "image/svg+xml",
                _ => "text/html; charset=utf-8",
            };
            assert_eq!(reply.header("content-type"), Some(media), "{path}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(reply.header("x-frame-options"), Some("DENY"), "{path}");
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
            let policy = reply.header("content-security-policy").unwrap();
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
            for (name, value) in [
                ("default-src", "'none'"),
                ("script-src", "'self'"),
                ("style-src", "'self'"),
                ("connect-src", "'self'"),
                ("base-uri", "'none'"),
                ("form-action", "'none'"),
                ("frame-ancestors", "'none'"),
                ("require-trusted-types-for", "'script'"),
                ("trusted-types", "'none'"),
            ] {
                assert_eq!(directive(policy, name), Some(value), "{path}: {name}");
            }
            open.extend(named_in(&reply.text()));
        }
        assert!(seen.len() > 20, "{seen:?}");
        assert_eq!(world.ask("GET", "/dashboard/none.js").await.status, 404);
        assert_eq!(world.ask("POST", "/dashboard/main.js").await.status, 404);
    });
}

#[test]
fn no_file_has_a_script_or_a_style_within_it_or_names_another_host() {
    run(async {
        let world = World::open(Kind::Memory);
        let page = world.ask("GET", "/").await.text();
        assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" on"));
        for part in page.split("<script").skip(1) {
            assert!(part.split("</script>").next().unwrap().ends_with("\">"), "{part}");
        }
        for path in ["/", "/dashboard/main.js", "/dashboard/style.css"] {
            let text = world.ask("GET", path).await.text();
            assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
        }
    });
}

#[test]
fn files_are_kept_by_browsers_only_while_they_are_the_same() {
    run(async {
        let world = World::open(Kind::Memory);
        for path in ["/", "/dashboard/main.js"] {
            let first = world.ask("GET", path).await;
            assert_eq!(first.header("cache-control"), Some("no-cache"));
            let tag = first.header("etag").unwrap();
            let again = world
                .send("GET", path, &[("If-None-Match", tag)], Vec::new())
                .await;
            assert_eq!(
                (again.status, again.body.len(), again.header("etag")),
                (304, 0, Some(tag))
            );
            let other = world
                .send("GET", path, &[("If-None-Match", "\"other\"")], Vec::new())
                .await;
            assert_eq!((other.status, other.body.len()), (200, first.body.len()));
        }
        let answer = world.ask("GET", "/durable/instances").await;
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "what a hub holds is not kept"
        );
    });
}

#[test]
fn files_need_no_key_and_what_they_ask_does() {
    run(async {
        let mut keys = Vec::new();
        let world = World::with(Kind::Memory, |folder| {
            let (file, secrets) = files(folder);
            for scopes in [vec![Scope::Read], vec![Scope::Read, Scope::Manage]] {
                let name = format!("key-{}", scopes.len());
                keys.push((file.add(&name, scopes.clone()).unwrap(), scopes));
            }
            Settings::with_keys(file, secrets)
        });
        assert_eq!(world.ask("GET", "/").await.status, 200);
        assert_eq!(world.ask("GET", "/dashboard/main.js").await.status, 200);
        for path in [
            "/durable/session",
            "/durable/instances",
            "/durable/instances/a/timeline",
        ] {
            assert_eq!(world.ask("GET", path).await.status, 401, "{path}");
        }
        for (key, scopes) in keys {
            let headers = [("x-functions-key", key.reveal())];
            let session = world
                .send("GET", "/durable/session", &headers, Vec::new())
                .await
                .json();
            assert_eq!(session["scopes"], json!(scopes));
        }
        let foreign = world
            .send("GET", "/", &[("host", "evil.example")], Vec::new())
            .await;
        assert_eq!(foreign.status, 200, "with keys any name will do");
        let open = World::open(Kind::Memory);
        let foreign = open
            .send("GET", "/", &[("host", "evil.example")], Vec::new())
            .await;
        assert_eq!(
            foreign.status, 421,
            "without keys no page of another name reaches it"
        );
        let session = open.ask("GET", "/durable/session").await.json();
        assert_eq!(session["scopes"], json!(["read", "start", "event", "manage"]));
    });
}

#[test]
fn pages_of_other_sites_may_not_read_what_it_asks() {
    run(async {
        let world = World::open(Kind::Memory);
        for path in ["/durable/session", "/durable/instances", "/durable/versions"] {
            let headers = [("Origin", "https://evil.example")];
            assert_eq!(
                world.send("GET", path, &headers, Vec::new()).await.status,
                403,
                "{path}"
            );
            let own = [
                ("Origin", "http://localhost:7071"),
                ("Sec-Fetch-Site", "same-origin"),
            ];
            assert_eq!(
                world.send("GET", path, &own, Vec::new()).await.status,
                200,
                "{path}"
            );
        }
        let reply = world.ask("GET", "/durable/instances").await;
        assert!(reply.header("access-control-allow-origin").is_none());
    });
}

#[test]
fn mounted_under_a_path_it_finds_its_files() {
    run(async {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::default());
        let mut world = World::open(Kind::Memory);
        world.router = Router::new().nest("/ops", router(Client::without_code(hub), Settings::open()));
        let bare = world.ask("GET", "/ops").await;
        let place = Some("http://localhost:7071/ops/dashboard/");
        assert_eq!((bare.status, bare.header("location")), (308, place));
        let page = world.ask("GET", "/ops/dashboard/").await;
        assert!(page.text().contains("<!doctype html>"));
        assert_eq!(world.ask("GET", "/ops/dashboard").await.header("location"), place);
        assert_eq!(world.ask("GET", "/ops/dashboard/main.js").await.status, 200);
        assert_eq!(world.ask("GET", "/ops/durable/session").await.status, 200);

        // A proxy may have cut the path off.
        let behind = World::with(Kind::Memory, |_| Settings {
            public_address: Some("https://ops.example.com/shop".to_owned()),
            ..Settings::open()
        });
        let place = Some("https://ops.example.com/shop/dashboard/");
        assert_eq!(behind.ask("GET", "/").await.header("location"), place);
    });
}

/// A hub whose clock is the test's, with instances that were started at these moments.
async fn started_at(kind: Kind, folder: &std::path::Path, moments: &[u64]) -> (World, ManualClock) {
    let clock = ManualClock::starting_at(Timestamp::from_micros(1_700_000_000_000_000));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let hub: Arc<dyn TaskHub> = match kind {
        Kind::Memory => Arc::new(MemoryHub::new(shared)),
        Kind::Sqlite => Arc::new(
            SqliteHub::at(folder.join("other.db"))
                .clock(shared)
                .open()
                .unwrap(),
        ),
    };
    let client = Client::without_code(Arc::clone(&hub));
    for (number, pause) in moments.iter().enumerate() {
        clock.advance(Duration::from_micros(*pause));
        let start = client.start_named("import", Payload::encode(&number).unwrap());
        start
            .id(format!("i-{number:04}"))
            .tag("kind", if number % 2 == 0 { "even" } else { "odd" })
            .version(Version::new(if number % 3 == 0 { "1" } else { "2" }).unwrap())
            .await
            .unwrap();
    }
    let mut world = World::open(Kind::Memory);
    world.router = router(Client::without_code(Arc::clone(&hub)), Settings::open());
    world.hub = hub;
    (world, clock)
}

/// Reads a listing to its end, page by page.
async fn all(world: &World, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let headers: Vec<(&str, &str)> = next
            .iter()
            .map(|next| ("x-ms-continuation-token", next.as_str()))
            .collect();
        let reply = world
            .send(
                "GET",
                &format!("/durable/instances?{query}"),
                &headers,
                Vec::new(),
            )
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page = reply.json();
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(text) => next = Some(text.to_owned()),
            None => return found,
        }
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["instanceId"].as_str().unwrap())
        .collect()
}

#[test]
fn the_newest_come_first_each_once_however_they_are_spread() {
    run(async {
        const DAY: u64 = 86_400_000_000;
        // Alone, in bursts, many at one moment, a microsecond apart, and days apart.
        let spreads: [Vec<u64>; 5] = [
            vec![],
            vec![1],
            (0..40).map(|n| if n % 10 == 0 { 7 * DAY } else { 1 }).collect(),
            (0..60).map(|n| u64::from(n % 25 == 0)).collect(),
            (0..50).map(|n| 1 << (n % 40)).collect(),
        ];
        for kind in KINDS {
            for spread in &spreads {
                let folder = tempfile::tempdir().unwrap();
                let (world, _clock) = started_at(kind, folder.path(), spread).await;
                for top in [1, 3, 7, 200] {
                    let found = all(&world, &format!("newestFirst=true&top={top}")).await;
                    let mut each = ids(&found);
                    each.sort_unstable();
                    let expected: Vec<String> = (0..spread.len()).map(|n| format!("i-{n:04}")).collect();
                    assert_eq!(each, expected, "{kind:?}, {top} a page, {spread:?}");
                    let moments: Vec<&str> = found
                        .iter()
                        .map(|item| item["createdTime"].as_str().unwrap())
                        .collect();
                    let mut sorted: Vec<Timestamp> =
                        moments.iter().map(|moment| moment.parse().unwrap()).collect();
                    sorted.sort_unstable_by(|a, b| b.cmp(a));
                    let sorted: Vec<String> = sorted.iter().map(ToString::to_string).collect();
                    assert_eq!(moments, sorted, "{kind:?}, {top} a page, {spread:?}");
                }
            }
        }
    });
}

#[test]
fn instances_are_found_by_every_filter_in_both_orders() {
    run(async {
        for kind in KINDS {
            let folder = tempfile::tempdir().unwrap();
            let (world, _clock) = started_at(kind, folder.path(), &[1_000_000; 12]).await;
            for (query, expected) in [
                ("tag=kind%3Dodd&version=1", &["i-0009", "i-0003"][..]),
                ("instanceIdPrefix=i-001", &["i-0011", "i-0010"]),
                ("name=other", &[]),
                ("runtimeStatus=Failed", &[]),
                ("runtimeStatus=ContinuedAsNew", &[]),
                ("blocked=true", &[]),
                ("createdTimeFrom=2023-11-14T22:13:31Z", &["i-0011", "i-0010"]),
                ("createdTimeTo=2023-11-14T22:13:22Z", &["i-0001", "i-0000"]),
            ] {
                let newest = all(&world, &format!("{query}&newestFirst=true&top=2")).await;
                assert_eq!(ids(&newest), expected, "{kind:?} {query}");
                let mut oldest = all(&world, &format!("{query}&top=1")).await;
                oldest.reverse();
                assert_eq!(ids(&oldest), expected, "{kind:?} {query}");
            }
            for wrong in ["tag=odd", "name=1x", "blocked=perhaps", "top=0"] {
                assert_eq!(
                    world
                        .ask("GET", &format!("/durable/instances?{wrong}"))
                        .await
                        .status,
                    400,
                    "{wrong}"
                );
            }
            for wrong in ["x", "n", "nx", "a1.1", "é"] {
                let headers = [("x-ms-continuation-token", wrong)];
                let path = "/durable/instances?newestFirst=true";
                assert_eq!(
                    world.send("GET", path, &headers, Vec::new()).await.status,
                    400,
                    "{wrong}"
                );
            }
        }
    });
}

const MANAGED: &str = "/runtime/webhooks/durabletask";

async fn timeline(world: &World, id: &str, query: &str) -> Reply {
    world
        .ask("GET", &format!("/durable/instances/{id}/timeline?{query}"))
        .await
}

#[test]
fn a_timeline_waits_for_a_change_and_tells_what_has_changed() {
    run(async {
        for kind in KINDS {
            let world = World::open(kind);
            let _worker = script::join(&world.hub).await;
            let started = world
                .ask("POST", &format!("{MANAGED}/orchestrators/waits/w-1"))
                .await;
            assert_eq!(started.status, 202);
            let instance = world.client().instance("w-1").unwrap();
            instance
                .wait_until(|record| record.event_count > 0 && record.owner.is_none())
                .await
                .unwrap();
            let first = timeline(&world, "w-1", "").await.json();
            assert_eq!(first["whole"], true);
            assert_eq!(first["items"][0]["kind"], "started");
            assert_eq!(
                first["waits"][0]["text"],
                "an external event: nothing else is open"
            );
            let mark = first["mark"].as_str().unwrap();
            let execution = first["instance"]["execution"].as_str().unwrap();
            let events = first["events"].as_u64().unwrap();

            let known = format!("known={mark}&execution={execution}&events={events}");
            let same = timeline(&world, "w-1", &format!("{known}&timeout=0.05")).await;
            assert_eq!(
                (same.status, same.body.len()),
                (204, 0),
                "{kind:?}: nothing has changed"
            );

            // It is woken by the change: it would wait for far longer.
            let waiting = async {
                timeline(&world, "w-1", &format!("{known}&timeout=100"))
                    .await
                    .json()
            };
            let raise = async {
                let path = format!("{MANAGED}/instances/w-1/raiseEvent/done");
                let json = [("content-type", "application/json")];
                let reply = world.send("POST", &path, &json, b"7".to_vec()).await;
                assert_eq!(reply.status, 202);
                instance.wait_ended().await.unwrap();
            };
            let (changed, ()) = tokio::join!(waiting, raise);
            assert_eq!(changed["whole"], false);
            let kinds: Vec<&str> = changed["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["kind"].as_str().unwrap())
                .collect();
            assert!(!kinds.contains(&"started"), "{kinds:?}");

            let ended = timeline(&world, "w-1", "").await.json();
            assert_eq!(ended["instance"]["output"]["text"], "7");
            assert_eq!(ended["waits"], json!([]));
            // Who knows another execution is told everything.
            let other = timeline(&world, "w-1", "execution=other&events=2").await.json();
            assert_eq!(
                (&other["whole"], &other["items"]),
                (&json!(true), &ended["items"])
            );
            assert_eq!(timeline(&world, "nobody", "").await.status, 404);
        }
    });
}

#[test]
fn long_payloads_are_cut_in_the_list_and_whole_where_one_is_asked_for() {
    run(async {
        let world = World::open(Kind::Memory);
        let _worker = script::join(&world.hub).await;
        let long = format!("\"{}\"", "<script>é".repeat(500));
        let path = format!("{MANAGED}/orchestrators/echo/e-1?timeout=60&pollingInterval=1");
        let reply = world.send("POST", &path, &[], long.clone().into_bytes()).await;
        assert_eq!(reply.status, 200);
        let told = timeline(&world, "e-1", "").await;
        assert_eq!(
            told.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        assert_eq!(told.header("x-content-type-options"), Some("nosniff"));
        let told = told.json();
        let started = &told["items"][0];
        assert_eq!(
            (&started["kind"], &started["input"]["whole"]),
            (&json!("started"), &json!(false))
        );
        assert!(started["input"]["text"].as_str().unwrap().len() <= 200);
        assert_eq!(started["input"]["bytes"], long.len());
        assert_eq!(told["instance"]["input"]["text"], long);
        let step = started["step"].as_u64().unwrap();
        let one = timeline(&world, "e-1", &format!("step={step}")).await.json();
        assert_eq!(one["items"].as_array().unwrap().len(), 1);
        assert_eq!(one["items"][0]["input"]["text"], long);
    });
}

#[test]
fn a_row_says_why_an_instance_failed() {
    run(async {
        let world = World::open(Kind::Memory);
        let _worker = script::join(&world.hub).await;
        let path = format!("{MANAGED}/orchestrators/fails/%3Cimg%20src%3Dx%3E?timeout=60&pollingInterval=1");
        assert_eq!(world.ask("POST", &path).await.status, 200);
        let rows = all(&world, "runtimeStatus=Failed&newestFirst=true").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["instanceId"], "<img src=x>");
        assert_eq!(rows[0]["note"], "no paper");
        let versions = world.ask("GET", "/durable/versions").await.json();
        assert_eq!(versions[0]["state"], "idle");
    });
}
