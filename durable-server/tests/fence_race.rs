//! Starts against a fence: once it is acknowledged, none slips through, and none is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::sync::Arc;

use support::{KINDS, World, run};

#[path = "support/mod.rs"]
mod support;

const ROUNDS: usize = 100;
const STARTS: usize = 10;

#[test]
fn after_a_fence_is_acknowledged_nothing_begins_and_what_was_acknowledged_is_there() {
    for kind in KINDS {
        run(async {
            let world = Arc::new(World::open(kind));
            let start = async |id: String| {
                let path = format!("/runtime/webhooks/durabletask/orchestrators/order/{id}");
                world.ask("POST", &path).await.status
            };
            let (mut accepted, mut refused) = (0, 0);
            for round in 0..ROUNDS {
                // However the race goes, there are starts on both sides of the fence.
                assert_eq!(start(format!("{round}-before")).await, 202);
                accepted += 1;
                let starts: Vec<_> = (0..STARTS)
                    .map(|n| {
                        let world = Arc::clone(&world);
                        tokio::spawn(async move {
                            let path =
                                format!("/runtime/webhooks/durabletask/orchestrators/order/{round}-{n}");
                            world.ask("POST", &path).await.status
                        })
                    })
                    .collect();
                let fence = b"{\"id\": \"release\", \"seconds\": 600}".to_vec();
                assert_eq!(
                    world.send("POST", "/durable/fences", &[], fence).await.status,
                    200
                );
                assert_eq!(start(format!("{round}-behind")).await, 409);
                let begun = in_flight(&world).await;
                for start in starts {
                    match start.await.unwrap() {
                        202 => accepted += 1,
                        409 => refused += 1,
                        other => panic!("{kind:?}: {other}"),
                    }
                }
                assert_eq!(
                    in_flight(&world).await,
                    begun,
                    "{kind:?}: an instance began behind the fence"
                );
                assert_eq!(
                    begun, accepted,
                    "{kind:?}: what was acknowledged is there, and nothing else"
                );
                assert_eq!(world.ask("DELETE", "/durable/fences/release").await.status, 200);
            }
            assert_eq!(accepted + refused, (ROUNDS * (STARTS + 1)) as u64);
        });
    }
}

async fn in_flight(world: &World) -> u64 {
    let check = world.ask("GET", "/durable/status-check").await.json();
    check["counts"]["Pending"].as_u64().unwrap()
}
