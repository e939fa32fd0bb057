//! Fail, lose a reply, hang or crash at the n-th hub operation, for every n: the scenario always reaches its end with
//! the right result, and the hub holds what it promises.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "../checker/mod.rs"]
mod checker;
mod scenario;

use std::sync::Arc;
use std::time::Duration;

use durable::SystemClock;
use durable::prelude::*;
use durable_testkit::{Fault, ManualClock, MemoryHub};

use scenario::{Outcome, Surroundings, play};

/// The ways to fail at the n-th operation.
const FAULTS: [fn(u64) -> Fault; 5] = [
    Fault::FailBefore,
    Fault::LoseReply,
    Fault::CrashFrom,
    Fault::CrashAfter,
    Fault::HangFrom,
];

/// How many operations the longest scenario may need: a bound for a sweep that ends by itself.
const OPERATIONS_MAX: u64 = 500;

#[test]
fn on_the_memory_hub_the_scenario_survives_every_fault_at_every_operation() {
    for fault in FAULTS {
        let swept = (1..OPERATIONS_MAX).find(|&n| !in_memory(fault(n)).struck);
        let swept = swept.expect("the sweep must come to a run in which nothing fails");
        println!("{:?}: {} operations swept", fault(0), swept - 1);
        assert!(swept > 20, "the scenario must be worth a sweep");
    }
}

#[test]
fn on_a_file_the_scenario_survives_faults_at_some_operations() {
    for (start, fault) in (1_u64..).zip(FAULTS) {
        // Each kind of fault at other operations.
        for n in (start..40).step_by(9) {
            on_a_file(fault(n));
        }
    }
}

/// Plays the scenario in virtual time, which flies while it lasts.
fn in_memory(fault: Fault) -> Outcome {
    let clock = ManualClock::new();
    let hub = MemoryHub::new(Arc::new(clock.clone()));
    let expire = hub.clone();
    finish(fault, async move {
        let surroundings = Surroundings {
            hub: Arc::new(hub),
            expire: Box::new(move |worker| expire.expire(worker)),
        };
        let flying = tokio::spawn(async move {
            loop {
                // A turn of the loop costs a moment of real time, so that what is due gets its chance.
                tokio::time::sleep(Duration::from_micros(200)).await;
                clock.advance(Duration::from_millis(50));
            }
        });
        let outcome = play(surroundings, fault).await;
        flying.abort();
        outcome
    })
}

fn on_a_file(fault: Fault) -> Outcome {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("durable-sweep-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("hub.db");
    let outcome = finish(fault, async move {
        let lease = Duration::from_millis(100);
        let options = SqliteHub::at(&file).lease(lease).clock(Arc::new(SystemClock));
        let hub = options.open().unwrap();
        let paused = hub.clone();
        let surroundings = Surroundings {
            hub: Arc::new(hub),
            // Its lease runs out by itself.
            expire: Box::new(move |worker| paused.pause(worker).unwrap()),
        };
        play(surroundings, fault).await
    });
    std::fs::remove_dir_all(directory).unwrap();
    outcome
}

fn finish(fault: Fault, scenario: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), scenario).await });
    // A hub operation that hangs must not hold up the test.
    runtime.shutdown_background();
    let outcome = outcome.unwrap_or_else(|_| panic!("{fault:?}: the scenario did not come to its end"));
    let problems = outcome.check();
    assert!(problems.is_empty(), "{fault:?}: {problems:#?}");
    outcome
}
