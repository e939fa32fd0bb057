//! Hubs that hold much.

use std::sync::Arc;
use std::time::Duration;

use durable::{Client, Clock, SystemClock};
use durable_testkit::{ManualClock, MemoryHub};

use crate::demo::World;
use crate::shop::{Order, audit, newsletter};

/// Longer than the clock is moved by.
const LEASE: Duration = Duration::from_hours(100);

const INSTANCES: u32 = 10_000;

/// How many are started at one moment.
const AT_ONCE: u32 = 20;

/// A hub of ten thousand instances, of which a worker has ended the last hundred.
pub(crate) async fn instances() -> World {
    let clock = ManualClock::starting_at(SystemClock.now() - Duration::from_hours(3));
    let hub = Arc::new(MemoryHub::with_lease(Arc::new(clock.clone()), LEASE));
    let idle = Client::without_code(hub.clone());
    let given = durable::Payload::from_json("{\"page\": 1}").unwrap();
    for number in 0..INSTANCES - 100 {
        if number % AT_ONCE == 0 {
            clock.advance(Duration::from_secs(17));
        }
        let start = idle.start_named("import", given.clone());
        start.id(format!("import-{number:05}")).await.unwrap();
    }
    let world = World::start(hub, &clock);
    let client = world.client();
    for number in INSTANCES - 100..INSTANCES {
        let order = Order {
            number,
            customer: "everyone".to_owned(),
            cents: 0,
            gift: false,
        };
        let start = client.start(newsletter, order);
        let run = start.id(format!("newsletter-{number:05}")).await.unwrap();
        run.wait().await.unwrap();
    }
    world
}

/// A hub with an instance of more than ten thousand events.
pub(crate) async fn events() -> World {
    let clock = ManualClock::starting_at(SystemClock.now() - Duration::from_hours(3));
    let hub = Arc::new(MemoryHub::with_lease(Arc::new(clock.clone()), LEASE));
    let mut world = World::start(hub, &clock);
    let client = world.client();
    client.start(audit, 2_500).id("audit-2026").await.unwrap();
    let instance = client.instance("audit-2026").unwrap();
    let ticking = tokio::spawn(tick(clock.clone()));
    instance
        .wait_until(|record| record.custom_status.is_some())
        .await
        .unwrap();
    ticking.abort();
    world.live(&clock);
    world
}

/// Moves the clock past each pause as soon as it begins.
async fn tick(clock: ManualClock) {
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        // A lease is to be renewed far later, and the clock is not moved there.
        let near = clock.now() + Duration::from_mins(1);
        if let Some(next) = clock.next_deadline().filter(|next| *next <= near) {
            clock.advance_to(next);
        }
    }
}
