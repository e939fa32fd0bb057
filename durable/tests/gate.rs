//! The gate before a deployment: what is in flight ends, and nothing new begins.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use durable::client::{Client, ClientError};
use durable::gate::{Admission, Gate, GateError, Scope, status_check};
use durable::hub::{FenceId, FencedCode, TaskHub};
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::sqlite::SqliteHub;
use durable::{InstanceStatus, WireName};
use support::{World, run};

#[path = "support/mod.rs"]
mod support;

#[orchestrator]
async fn order(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.event::<()>("paid").await;
    Ok(())
}

#[orchestrator]
async fn other(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.event::<()>("paid").await;
    Ok(())
}

#[orchestrator]
async fn broken(_ctx: OrchestrationContext) -> Result<(), Failure> {
    Err(Failure::new("no"))
}

fn registry() -> Registry {
    Registry::collected().unwrap()
}

fn gate() -> Gate {
    Gate::new(FenceId::new("release-7").unwrap())
}

fn only(name: &str) -> Scope {
    Scope::default().of([FencedCode {
        name: WireName::new(name).unwrap(),
        version: None,
    }])
}

/// Moves time on from look to look until the gate has answered.
async fn finished<T>(world: &World, gate: &tokio::task::JoinHandle<T>) {
    while !gate.is_finished() {
        // Nobody sleeps while it looks, and once it has answered.
        world.clock.advance_to_next();
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_gate_passes_when_what_counts_has_ended_and_holds_new_instances_back_from_the_beginning() {
    run(async {
        let world = World::new();
        let worker = world.worker("a", &registry()).await;
        let client = world.client(&registry());
        let running = client.start(order, ()).id("order-1").await.unwrap();
        client.start(other, ()).id("other-1").await.unwrap();
        world.settle().await;
        let hub = world.shared();
        let waiting = tokio::spawn(async move {
            let mut looks = Vec::new();
            let mut gate = gate();
            gate.scope = only("order");
            let passed = gate
                .wait(hub.as_ref(), |check| looks.push(check.in_flight()))
                .await;
            (passed, looks)
        });
        while world.client(&registry()).fences().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let refused = client.start(order, ()).id("order-2").await.unwrap_err();
        let text = refused.to_string();
        assert!(
            text.starts_with(
                "the start was not accepted: the fence `release-7` holds back new instances until "
            ) && text.ends_with("the deployment `release-7` waits for what is in flight"),
            "{text}"
        );
        client.start(other, ()).id("other-2").await.unwrap();
        running.raise_event("paid", &()).await.unwrap();
        world.settle().await;
        finished(&world, &waiting).await;
        let (passed, looks) = waiting.await.unwrap();
        let passed = passed.unwrap();
        assert_eq!((looks.first(), looks.last()), (Some(&1), Some(&0)));
        assert!(!passed.check.has_running);
        let refused = client.start(order, ()).id("order-2").await;
        assert!(
            matches!(refused, Err(ClientError::Fenced(_))),
            "it holds until the deployment is made"
        );
        client.lower_fence(&passed.fence.id).await.unwrap();
        client.start(order, ()).id("order-2").await.unwrap();
        worker.stop().await;
    });
}

#[test]
fn a_gate_that_gives_up_takes_its_fence_down() {
    run(async {
        let world = World::new();
        let client = world.client(&registry());
        client.start(order, ()).id("order-1").await.unwrap();
        let hub = world.shared();
        let waiting = tokio::spawn(async move {
            let mut gate = gate();
            gate.timeout = Duration::from_mins(5);
            gate.wait(hub.as_ref(), |_| {}).await
        });
        finished(&world, &waiting).await;
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "1 instances were still in flight after 300s");
        assert!(matches!(error, GateError::TimedOut { .. }));
        assert_eq!(client.fences().await.unwrap(), []);
        client.start(order, ()).id("order-2").await.unwrap();
    });
}

#[test]
fn a_gate_that_dies_holds_nothing_back_for_long() {
    run(async {
        let world = World::new();
        let client = world.client(&registry());
        client.start(order, ()).id("order-1").await.unwrap();
        let hub = world.shared();
        let waiting = tokio::spawn(async move { gate().wait(hub.as_ref(), |_| {}).await });
        while world.clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(client.start(order, ()).id("order-2").await.is_err());
        world.clock.advance(Duration::from_mins(2));
        client.start(order, ()).id("order-2").await.unwrap();
    });
}

#[test]
fn an_open_gate_lets_instances_begin_until_a_look_finds_none() {
    run(async {
        let world = World::new();
        let worker = world.worker("a", &registry()).await;
        let client = world.client(&registry());
        client.start(order, ()).id("order-1").await.unwrap();
        world.settle().await;
        let hub = world.shared();
        let waiting = tokio::spawn(async move {
            let mut gate = gate();
            gate.admission = Admission::OpenUntilIdle;
            gate.wait(hub.as_ref(), |_| {}).await
        });
        while world.clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        client.start(order, ()).id("order-2").await.unwrap();
        for id in ["order-1", "order-2"] {
            client
                .instance(id)
                .unwrap()
                .raise_event("paid", &())
                .await
                .unwrap();
        }
        world.settle().await;
        finished(&world, &waiting).await;
        waiting.await.unwrap().unwrap();
        assert!(client.start(order, ()).id("order-3").await.is_err());
        worker.stop().await;
    });
}

#[test]
fn failed_instances_count_if_they_are_asked_for() {
    run(async {
        let world = World::new();
        let worker = world.worker("a", &registry()).await;
        world.client(&registry()).start(broken, ()).await.unwrap();
        world.settle().await;
        worker.stop().await;
        let hub = world.shared();
        let check = async |scope| status_check(hub.as_ref(), &scope).await.unwrap();
        assert!(!check(only("broken")).await.has_running);
        let failed = only("broken").with_statuses([InstanceStatus::Failed]).unwrap();
        assert_eq!(check(failed).await.in_flight(), 1);
    });
}

/// A start and a gate at the same time, again and again: either the gate sees the instance, or the start is refused.
async fn race(hub: Arc<dyn TaskHub>, tries: u64) {
    let client = Client::with_registry(Arc::clone(&hub), Arc::new(registry()), DefaultVersions::new());
    let accepted = AtomicU64::new(0);
    let mut passed = 0;
    for number in 0..tries {
        let id = format!("order-{number}");
        let mut gate = gate();
        gate.stabilize = Duration::ZERO;
        gate.timeout = Duration::ZERO;
        let start = {
            let (client, id) = (client.clone(), id.clone());
            async move {
                // So that the start falls before, into and behind the gate's steps.
                for _ in 0..number % 7 {
                    tokio::task::yield_now().await;
                }
                client.start(order, ()).id(&id).await
            }
        };
        let gate = {
            let hub = Arc::clone(&hub);
            async move { gate.wait(hub.as_ref(), |_| {}).await }
        };
        // However the races go, some starts are before the gate and some behind it.
        let (started, opened) = match number % 50 {
            0 => (start.await, gate.await),
            1 => {
                let opened = gate.await;
                (start.await, opened)
            }
            _ => {
                let (start, gate) = (tokio::spawn(start), tokio::spawn(gate));
                (start.await.unwrap(), gate.await.unwrap())
            }
        };
        let found = client.get(&id).await.unwrap();
        match (started, opened) {
            (Ok(_), Ok(_)) => panic!("try {number}: an instance slipped through"),
            (Ok(_), Err(GateError::TimedOut { check, .. })) => {
                accepted.fetch_add(1, Ordering::Relaxed);
                assert!(
                    check.in_flight() == 1 && found.is_some(),
                    "try {number}: it is lost"
                );
                client
                    .instance(&id)
                    .unwrap()
                    .terminate("it was seen")
                    .await
                    .unwrap();
            }
            (Err(ClientError::Fenced(_)), Ok(_)) => {
                passed += 1;
                assert!(found.is_none(), "try {number}: it was refused, and is there");
            }
            // It was refused by a gate that had nothing to wait for, and gave up by its time alone.
            (started, opened) => panic!("try {number}: {started:?}, {opened:?}"),
        }
        client
            .lower_fence(&FenceId::new("release-7").unwrap())
            .await
            .unwrap();
    }
    let accepted = accepted.into_inner();
    assert_eq!(accepted + passed, tries);
    assert!(
        accepted > 0 && passed > 0,
        "both must happen: {accepted} accepted, {passed} refused"
    );
}

#[test]
fn of_two_thousand_starts_against_the_gate_none_slips_through_and_none_is_lost() {
    run(async {
        race(World::new().shared(), 1000).await;
        let file = tempfile();
        let hub = SqliteHub::at(&file)
            .synchronous(durable::sqlite::Synchronous::Normal)
            .open()
            .unwrap();
        race(Arc::new(hub), 1000).await;
        let _ = std::fs::remove_dir_all(file.parent().unwrap());
    });
}

fn tempfile() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("durable-gate-{}", std::process::id()));
    // It is there only if an earlier run was cut short.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("hub.db")
}
