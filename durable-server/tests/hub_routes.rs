//! The hub's own routes: what a key of one scope may do with them, and what a program is told that uses the hub through them.
//! That they keep the contract is shown by the conformance suite, in `durable-remote`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use durable_core::hub::InstanceStatus;
use durable_core::{Clock, Payload, SystemClock};
use durable_server::{KeyText, Limits, Scope, Settings};
use serde_json::{Value, json};
use support::{Kind, Reply, World, files, run};

#[path = "support/mod.rs"]
mod support;

const BASE: &str = "/durable/hub/v1";

async fn post(world: &World, path: &str, key: Option<&KeyText>, body: &Value) -> Reply {
    let headers: Vec<(&str, &str)> = key
        .map(|key| ("x-functions-key", key.reveal()))
        .into_iter()
        .collect();
    let body = serde_json::to_vec(body).unwrap();
    world.send("POST", &format!("{BASE}{path}"), &headers, body).await
}

/// The start of an instance, with what `change` adds.
fn start(instance: &str, change: &Value) -> Value {
    let mut start = json!({"started": {
        "instance": instance, "execution": format!("{instance}-1"), "name": "waits", "version": "1",
        "input": {"Json": "\"s3cret\""}, "parent": null, "generation": 0, "scheduled_start": null, "tags": {},
    }});
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Object(fields) if name == "started" => {
                start["started"].as_object_mut().unwrap().extend(fields.clone());
            }
            value => start[name] = value.clone(),
        }
    }
    start
}

#[test]
fn a_key_that_may_only_start_gets_nothing_else_by_a_start() {
    run(async {
        let mut made = None;
        let world = World::with(Kind::Memory, |folder| {
            let (file, secrets) = files(folder);
            let key = |scopes: &[Scope]| {
                let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
                let name = names.join("-");
                file.add(&name, scopes.iter().copied()).unwrap()
            };
            made = Some((
                key(&[Scope::Start]),
                key(&[Scope::Start, Scope::Event]),
                key(&[Scope::Start, Scope::Manage]),
                key(&[Scope::Start, Scope::Read]),
            ));
            Settings::with_keys(file, secrets)
        });
        let (only, event, manage, read) = made.unwrap();
        let started = post(&world, "/start", Some(&only), &start("a", &json!({}))).await;
        assert_eq!((started.status, started.json()), (200, json!({"Started": "a-1"})));

        let replacing = start(
            "a",
            &json!({"reuse": "TerminateExisting", "started": {"execution": "a-2"}}),
        );
        for key in [&only, &event, &read] {
            let reply = post(&world, "/start", Some(key), &replacing).await;
            assert_eq!(reply.status, 403, "{}", reply.text());
        }
        let raising = start("b", &json!({"raise": ["go", {"Json": "1"}]}));
        for key in [&only, &manage, &read] {
            let reply = post(&world, "/start", Some(key), &raising).await;
            assert_eq!(reply.status, 403, "{}", reply.text());
        }
        assert!(world.client().get("b").await.unwrap().is_none());

        let taken = start("a", &json!({"reuse": "Reject", "started": {"execution": "a-3"}}));
        let told = post(&world, "/start", Some(&only), &taken).await;
        assert!(!told.text().contains("s3cret"), "{}", told.text());
        assert_eq!(told.json()["Refused"]["status"], "Pending");
        let told = post(&world, "/start", Some(&read), &taken).await;
        assert!(told.text().contains("s3cret"), "{}", told.text());

        assert_eq!(
            post(&world, "/start", Some(&manage), &replacing).await.status,
            200
        );
        assert_eq!(post(&world, "/start", Some(&event), &raising).await.status, 200);
    });
}

#[test]
fn a_start_cannot_pretend_to_be_a_sub_orchestration() {
    run(async {
        let world = World::open(Kind::Memory);
        let parent = json!({"name": "n", "version": "1", "instance": "p", "execution": "e", "task": 1});
        for forged in [json!({"parent": parent}), json!({"generation": 3})] {
            let reply = post(&world, "/start", None, &start("a", &json!({"started": forged}))).await;
            assert_eq!(reply.status, 400, "{}", reply.text());
        }
        assert!(world.client().get("a").await.unwrap().is_none());
    });
}

#[test]
fn what_the_hub_refuses_has_a_kind_and_what_the_server_refuses_has_none() {
    run(async {
        let world = World::open(Kind::Memory);
        post(&world, "/start", None, &start("a", &json!({}))).await;
        let suspend = json!({"Suspend": {"reason": "why"}});
        let event = json!({"Event": {"name": "go", "input": {"Json": "1"}}});
        for (path, body, status, kind) in [
            ("/instances/nobody/signal", &suspend, 404, json!("NotFound")),
            ("/instances/a/purge", &Value::Null, 409, json!("Conflict")),
            ("/query", &json!({"after": "nonsense"}), 400, json!("Invalid")),
            ("/instances/a/signal", &event, 400, Value::Null),
            ("/query", &json!({"owned_by": "worker-1"}), 400, Value::Null),
            ("/purge", &json!({"owned_by": "worker-1"}), 400, Value::Null),
            ("/unheard/of", &Value::Null, 404, Value::Null),
        ] {
            let reply = post(&world, path, None, body).await;
            assert_eq!(
                (reply.status, &reply.json()["kind"]),
                (status, &kind),
                "{path}: {}",
                reply.text()
            );
        }
    });
}

#[test]
fn a_wait_is_ended_by_what_it_waits_for_or_by_its_time() {
    run(async {
        let world = World::open(Kind::Sqlite);
        post(&world, "/start", None, &start("a", &json!({}))).await;
        let ask = async |path: &str| world.ask("GET", &format!("{BASE}/instances/{path}")).await;
        let first = ask("a/change").await.json();
        assert_eq!(first["record"]["status"], "Pending");
        let (seen, created) = (first["seen"].as_str().unwrap(), &first["created_at"]);
        let nothing = ask(&format!("a/change?seen={seen}&created={created}&timeout=0.05"))
            .await
            .json();
        assert_eq!(
            (&nothing["record"], &nothing["created_at"]),
            (&Value::Null, created)
        );

        let change = format!("a/change?seen={seen}&created={created}&timeout=60");
        let end = format!("a/end?created={created}&timeout=60");
        let terminate = async {
            let instance = world.client().instance("a").unwrap();
            instance.terminate("over").await.unwrap();
        };
        let (changed, ended, ()) = tokio::join!(ask(&change), ask(&end), terminate);
        assert_ne!(changed.json()["seen"].as_str().unwrap(), seen);
        assert_eq!(ended.json()["record"]["status"], "Terminated");

        for other in [
            format!("a/end?created={}", created.as_i64().unwrap() + 1),
            "a/end?execution=x".to_owned(),
        ] {
            let reply = ask(&other).await;
            assert_eq!(
                (reply.status, &reply.json()["kind"]),
                (404, &json!("NotFound")),
                "{}",
                reply.text()
            );
        }
    });
}

#[test]
fn a_wait_may_be_longer_than_other_requests() {
    run(async {
        let limits = Limits {
            time: Duration::from_secs(1),
            ..Limits::default()
        };
        let world = World::with(Kind::Memory, |_| Settings {
            limits,
            ..Settings::open()
        });
        post(&world, "/start", None, &start("a", &json!({}))).await;
        let waited = world
            .ask("GET", &format!("{BASE}/instances/a/end?timeout=1.2"))
            .await;
        assert_eq!((waited.status, &waited.json()["record"]), (200, &Value::Null));
    });
}

#[test]
fn a_history_comes_in_parts_of_one_execution() {
    run(async {
        let limits = Limits {
            events: 2,
            ..Limits::default()
        };
        let world = World::with(Kind::Sqlite, |_| Settings {
            limits,
            ..Settings::open()
        });
        let _worker = support::script::join(&world.hub).await;
        let echo = world
            .client()
            .start_named("echo", Payload::from_json("1").unwrap())
            .id("e");
        let whole = echo.await.unwrap();
        assert_eq!(
            whole.wait_ended().await.unwrap().status,
            InstanceStatus::Completed
        );
        let whole = whole.history().await.unwrap();
        let (mut events, mut after) = (Vec::new(), 0);
        loop {
            let path = format!(
                "{BASE}/instances/e/history?execution={}&after={after}",
                whole.execution
            );
            let path = path.replace("&after=0", "");
            let part = world.ask("GET", &path).await.json();
            let found = part["history"]["events"].as_array().unwrap().clone();
            assert!(found.len() <= 2);
            events.extend(found);
            let Some(next) = part["next"].as_u64() else { break };
            after = next;
        }
        let all: Vec<durable_core::history::Event> = serde_json::from_value(events.into()).unwrap();
        assert_eq!(all, whole.events);
        let other = world
            .ask("GET", &format!("{BASE}/instances/e/history?execution=other"))
            .await;
        assert_eq!(other.json(), json!({"history": null, "next": null}));
    });
}

#[test]
fn a_body_with_a_history_may_be_larger_and_has_a_limit_too() {
    run(async {
        let limits = Limits {
            body: 1_000,
            history: 2_000,
            ..Limits::default()
        };
        let world = World::with(Kind::Memory, |_| Settings {
            limits,
            ..Settings::open()
        });
        for (path, size, status) in [
            ("/query", 1_001, 413),
            ("/import", 1_900, 400),
            ("/instances/a/amendment", 1_900, 400),
            ("/import", 2_001, 413),
        ] {
            let body = vec![b' '; size];
            let reply = world.send("POST", &format!("{BASE}{path}"), &[], body).await;
            assert_eq!(reply.status, status, "{path}: {}", reply.text());
        }
    });
}

#[test]
fn a_fence_does_not_outlast_its_limit() {
    run(async {
        let world = World::open(Kind::Memory);
        let fence = |hours: u64| {
            let until = SystemClock.now() + Duration::from_hours(hours);
            json!({"id": "f", "codes": [], "reason": "", "until": until})
        };
        assert_eq!(post(&world, "/fences", None, &fence(25)).await.status, 400);
        assert_eq!(post(&world, "/fences", None, &fence(23)).await.status, 204);
        let path = format!("{BASE}/fences/f");
        for lowered in [true, false] {
            assert_eq!(
                world.ask("DELETE", &path).await.json(),
                json!({"lowered": lowered})
            );
        }
    });
}
