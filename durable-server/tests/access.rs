//! Who may do what: every route of the table, with every kind of credential.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use durable_server::{KeyText, Operation, Route, Scope, Settings, routes};
use serde_json::Value;
use support::{Kind, World, files, run};

#[path = "support/mod.rs"]
mod support;

/// A server with a key for each scope alone, and one with all.
struct Guarded {
    world: World,
    single: Vec<(Scope, KeyText)>,
    all: KeyText,
}

fn guarded() -> Guarded {
    let mut keys = Vec::new();
    let mut all = None;
    let world = World::with(Kind::Memory, |folder| {
        let (file, secrets) = files(folder);
        for scope in Scope::ALL {
            keys.push((scope, file.add(&scope.to_string(), [scope]).unwrap()));
        }
        all = Some(file.add("all", Scope::ALL).unwrap());
        Settings::with_keys(file, secrets)
    });
    Guarded {
        world,
        single: keys,
        all: all.unwrap(),
    }
}

/// The request that a route is asked with, for an instance.
fn path_of(route: &Route, instance: &str) -> String {
    let path = route.path.replace("{instanceId}", instance);
    path.replace("{functionName}", "echo")
        .replace("{eventName}", "go")
        .replace("{fenceId}", "f")
        .replace("{entityName}", "e")
        .replace("{entityKey}", "k")
}

/// Every way to show a credential.
async fn statuses(world: &World, route: &Route, instance: &str, code: &str) -> Vec<u16> {
    let (method, path) = (route.method.as_str(), path_of(route, instance));
    let bearer = format!("Bearer {code}");
    let mut statuses = Vec::new();
    for (path, headers) in [
        (path.clone(), vec![("x-functions-key", code)]),
        (path.clone(), vec![("Authorization", bearer.as_str())]),
        (format!("{path}?code={code}"), vec![]),
    ] {
        statuses.push(world.send(method, &path, &headers, Vec::new()).await.status);
    }
    statuses
}

fn is_refused(status: u16) -> bool {
    matches!(status, 401 | 403)
}

#[test]
fn every_route_takes_keys_of_its_scope_and_no_others() {
    run(async {
        let Guarded { world, single, all } = guarded();
        for route in routes() {
            let what = format!("{} {}", route.method.as_str(), route.path);
            let bare = world.ask(route.method.as_str(), &path_of(route, "order-1")).await;
            assert_eq!(bare.status, 401, "{what} without a key");
            assert!(
                bare.json()["help"].is_string() && bare.header("www-authenticate").is_some(),
                "{what}"
            );
            for wrong in ["wrong", "dk_wrong", "cap1.1.r.0.AAAA", "cap1.", "%00"] {
                for status in statuses(&world, route, "order-1", wrong).await {
                    assert!(is_refused(status), "{what} with `{wrong}`: {status}");
                }
            }
            for (scope, key) in &single {
                for status in statuses(&world, route, "order-1", key.reveal()).await {
                    let expected = *scope != route.scope;
                    assert_eq!(status == 403, expected, "{what} with the scope {scope}: {status}");
                    assert_ne!(status, 401, "{what} with the scope {scope}");
                }
            }
            for status in statuses(&world, route, "order-1", all.reveal()).await {
                assert!(!is_refused(status), "{what} with all scopes: {status}");
            }
        }
    });
}

/// Returns what the addresses of a started instance allow, with their tokens.
async fn tokens(world: &World, key: &KeyText, instance: &str) -> Vec<(Operation, String)> {
    let path = format!("/runtime/webhooks/durabletask/orchestrators/waits/{instance}");
    let reply = world
        .send("POST", &path, &[("x-functions-key", key.reveal())], Vec::new())
        .await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    let body = reply.json();
    assert!(
        !reply.text().contains(key.reveal()),
        "an answer never shows a key"
    );
    let token = |name: &str| Some(body[name].as_str()?.split_once("code=")?.1.to_owned());
    let named = [
        (Operation::Read, "statusQueryGetUri"),
        (Operation::RaiseEvent, "sendEventPostUri"),
        (Operation::Terminate, "terminatePostUri"),
        (Operation::Purge, "purgeHistoryDeleteUri"),
        (Operation::Restart, "restartPostUri"),
        (Operation::Suspend, "suspendPostUri"),
        (Operation::Resume, "resumePostUri"),
    ];
    named
        .into_iter()
        .filter_map(|(operation, name)| Some((operation, token(name)?)))
        .collect()
}

#[test]
fn a_token_is_good_for_its_operation_on_its_instance_and_for_nothing_else() {
    run(async {
        let Guarded { world, all, .. } = guarded();
        let of_another = tokens(&world, &all, "another").await;
        let own = tokens(&world, &all, "order-1").await;
        assert_eq!((own.len(), of_another.len()), (7, 7));
        for route in routes() {
            let what = format!("{} {}", route.method.as_str(), route.path);
            for (operation, token) in &of_another {
                for status in statuses(&world, route, "order-1", token).await {
                    assert_eq!(
                        status, 403,
                        "{what} with another instance's token for {operation:?}"
                    );
                }
            }
            for (operation, token) in &own {
                // What removes or replaces the instance is asked last, below.
                let allowed = route.operation == Some(*operation);
                if allowed && *operation != Operation::Read {
                    continue;
                }
                for status in statuses(&world, route, "order-1", token).await {
                    assert_eq!(
                        status == 403,
                        !allowed,
                        "{what} with the token for {operation:?}: {status}"
                    );
                }
            }
        }
        for (operation, token) in &own {
            for route in routes().filter(|route| route.operation == Some(*operation)) {
                for status in statuses(&world, route, "order-1", token).await {
                    assert!(!is_refused(status), "{} with its token: {status}", route.path);
                }
            }
        }
    });
}

#[test]
fn whoever_may_only_start_is_given_no_right_to_manage() {
    run(async {
        let Guarded { world, single, .. } = guarded();
        let (_, start) = single.iter().find(|(scope, _)| *scope == Scope::Start).unwrap();
        let given: Vec<Operation> = tokens(&world, start, "order-1")
            .await
            .into_iter()
            .map(|(operation, _)| operation)
            .collect();
        assert_eq!(given, [Operation::Read, Operation::RaiseEvent]);
    });
}

#[test]
fn an_address_to_look_again_holds_a_token_in_place_of_the_key() {
    run(async {
        let Guarded { world, all, .. } = guarded();
        tokens(&world, &all, "order-1").await;
        let path = "/runtime/webhooks/durabletask/instances/order-1";
        let asked = format!("{path}?showInput=false&code={}", all.reveal());
        let reply = world.ask("GET", &asked).await;
        let place = reply.header("location").unwrap();
        assert!(
            !place.contains(all.reveal()) && place.contains("showInput=false&code=cap1."),
            "{place}"
        );
        let again = world
            .ask("GET", place.strip_prefix("http://localhost:7071").unwrap())
            .await;
        assert_eq!(again.status, 202);
        // Whoever has a token is given no other right by what they read.
        let next = again.header("location").unwrap();
        let token = next.split_once("code=").unwrap().1;
        let ended = world.ask("POST", &format!("{path}/terminate?code={token}")).await;
        assert_eq!(ended.status, 403);
    });
}

#[test]
fn a_key_works_until_it_is_removed_and_tokens_until_their_secret_is_gone() {
    run(async {
        let mut kept = None;
        let mut text = None;
        let world = World::with(Kind::Memory, |folder| {
            let (file, secrets) = files(folder);
            text = Some(file.add("one", Scope::ALL).unwrap());
            kept = Some((file.clone(), secrets.clone()));
            Settings::with_keys(file, secrets)
        });
        let ((file, secrets), text) = (kept.unwrap(), text.unwrap());
        let tokens = tokens(&world, &text, "order-1").await;
        let (_, read) = tokens.first().unwrap();
        let path = format!("/runtime/webhooks/durabletask/instances/order-1?code={read}");
        for _ in 0..2 {
            secrets.rotate().unwrap();
            assert_eq!(
                world.ask("GET", &path).await.status,
                202,
                "the last two secrets are good"
            );
        }
        secrets.rotate().unwrap();
        assert_eq!(world.ask("GET", &path).await.status, 401);
        let listing = format!("/durable/versions?code={}", text.reveal());
        assert_eq!(world.ask("GET", &listing).await.status, 200);
        let next = file.rotate("one", std::time::Duration::from_mins(1)).unwrap();
        let by_next = format!("/durable/versions?code={}", next.reveal());
        assert_eq!(world.ask("GET", &by_next).await.status, 200);
        assert_eq!(
            world.ask("GET", &listing).await.status,
            200,
            "the old text is good for a while"
        );
        let last = file.rotate("one", std::time::Duration::ZERO).unwrap();
        assert_eq!(
            world.ask("GET", &by_next).await.status,
            401,
            "the time of the old text is over"
        );
        let listing = format!("/durable/versions?code={}", last.reveal());
        assert_eq!(world.ask("GET", &listing).await.status, 200);
        file.remove("one").unwrap();
        assert_eq!(world.ask("GET", &listing).await.status, 401);
    });
}

type Headers = &'static [(&'static str, &'static str)];

#[test]
fn pages_of_other_sites_may_not_ask() {
    run(async {
        let world = World::open(Kind::Memory);
        let post = "/runtime/webhooks/durabletask/orchestrators/echo";
        let cases: [(&str, &str, Headers, u16); 11] = [
            ("POST", post, &[("Origin", "http://localhost:7071")], 202),
            ("POST", post, &[("Sec-Fetch-Site", "same-origin")], 202),
            ("POST", post, &[("Origin", "https://evil.example")], 403),
            ("POST", post, &[("Origin", "null")], 403),
            ("POST", post, &[("Origin", "http://localhost:80")], 403),
            ("POST", post, &[("Sec-Fetch-Site", "cross-site")], 403),
            ("POST", post, &[("Sec-Fetch-Site", "same-site")], 403),
            (
                "GET",
                "/durable/versions",
                &[("Sec-Fetch-Site", "cross-site")],
                200,
            ),
            ("GET", "/durable/versions", &[("Host", "evil.example:7071")], 421),
            ("GET", "/durable/versions", &[("Host", "[::1]:7071")], 200),
            ("GET", "/durable/versions", &[("Host", "a b")], 400),
        ];
        for (method, path, headers, status) in cases {
            let reply = world.send(method, path, headers, Vec::new()).await;
            assert_eq!(reply.status, status, "{method} {headers:?}: {}", reply.text());
        }
        assert_eq!(
            world.client().query().all().await.unwrap().len(),
            2,
            "what was refused started nothing"
        );
    });
}

#[test]
fn a_mounted_server_tells_addresses_under_its_path() {
    run(async {
        let world = World::open(Kind::Memory);
        let nested = axum::Router::new().nest("/ops", world.router.clone());
        let world = World {
            router: nested,
            ..world
        };
        let reply = world
            .ask(
                "POST",
                "/ops/runtime/webhooks/durabletask/orchestrators/waits/w-1",
            )
            .await;
        let place: Value = reply.json()["statusQueryGetUri"].clone();
        let place = place.as_str().unwrap();
        assert!(
            place.starts_with("http://localhost:7071/ops/runtime/webhooks/"),
            "{place}"
        );
        let again = world
            .ask("GET", place.strip_prefix("http://localhost:7071").unwrap())
            .await;
        assert_eq!(again.status, 202);
        assert!(
            again
                .header("location")
                .unwrap()
                .starts_with("http://localhost:7071/ops/runtime/")
        );
    });
}

#[test]
fn behind_a_proxy_addresses_and_pages_are_those_of_its_name() {
    run(async {
        let public_address = Some("https://ops.example/shop/".to_owned());
        let world = World::with(Kind::Memory, |_| Settings {
            public_address,
            ..Settings::open()
        });
        let path = "/runtime/webhooks/durabletask/orchestrators/waits";
        for (origin, status) in [
            ("https://ops.example", 202),
            ("https://ops.example.evil", 403),
            ("https://ops", 403),
        ] {
            let reply = world.send("POST", path, &[("Origin", origin)], Vec::new()).await;
            assert_eq!(reply.status, status, "{origin}");
            let place = reply
                .header("location")
                .unwrap_or("https://ops.example/shop/runtime/");
            assert!(place.starts_with("https://ops.example/shop/runtime/"), "{place}");
        }
    });
}
