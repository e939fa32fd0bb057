//! What no look at an orchestrator's body finds: its turns are made twice, and decide differently.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use durable::hub::BlockReport;
use durable::prelude::*;
use durable::{ChildPolicy, DeterminismChecks, Run};
use durable_testkit::RunningTest;

use crate::support::{Probe, test_with};

#[activity]
async fn ship(_: ActivityContext, item: u64) -> Result<u64, Failure> {
    Ok(item)
}

#[activity]
async fn refuse(_: ActivityContext, item: u64) -> Result<u64, Failure> {
    Ok(item)
}

fn nanos_of_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::from(now.unwrap().subsec_nanos())
}

#[orchestrator]
async fn by_the_clock(ctx: OrchestrationContext, (): ()) -> Result<u64, Failure> {
    ctx.event::<()>("go").await;
    Ok(ctx.call(ship, nanos_of_the_clock()).await?)
}

/// Returns the items of a stock in the order in which a map of them happens to be.
fn items_of_a_hash_map() -> Vec<u64> {
    let stock: HashMap<u64, u64> = (0..64).map(|item| (item, 1)).collect();
    stock.into_keys().collect()
}

#[orchestrator]
async fn by_a_hash_map(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    ctx.event::<()>("go").await;
    for item in items_of_a_hash_map() {
        // Which is first decides which function is called.
        match item % 2 {
            0 => ctx.call(ship, item).await?,
            _ => ctx.call(refuse, item).await?,
        };
    }
    Ok(())
}

fn next_of_a_static() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::SeqCst)
}

static REPAIRED: AtomicBool = AtomicBool::new(false);

/// Stands for code that is deployed between two looks at it.
fn is_repaired() -> bool {
    REPAIRED.load(Ordering::SeqCst)
}

#[orchestrator]
async fn by_a_static(ctx: OrchestrationContext, (): ()) -> Result<u64, Failure> {
    ctx.event::<()>("go").await;
    let number = if is_repaired() {
        ctx.side_effect(next_of_a_static).await
    } else {
        next_of_a_static()
    };
    Ok(ctx.call(ship, number).await?)
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[orchestrator]
async fn by_chance(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    ctx.event::<()>("go").await;
    ctx.timer(seconds(random() >> 40)).await;
    Ok(())
}

/// Runs a test with every check, in builds without debug assertions too.
fn checked<T>(body: impl AsyncFnOnce(&RunningTest, &Probe) -> T) -> T {
    test_with(
        |own| own.determinism_checks = DeterminismChecks::ShadowAndReplay,
        body,
    )
}

/// Brings an orchestrator to the turn in which it is blocked.
async fn blocked<F: durable::function::OrchestratorFunction>(run: &Run<F>) -> BlockReport {
    run.raise_event("go", &()).await.unwrap();
    let record = run.wait_until(|record| record.blocked.is_some()).await.unwrap();
    // The first turn, and nothing of the second.
    assert_eq!(record.event_count, 4);
    let report = record.blocked.unwrap();
    assert_eq!(report.reason, "nondeterminism");
    assert!(
        report.message.contains("two runs of the same turn"),
        "{}",
        report.message
    );
    assert!(report.message.contains(run.id().as_str()), "{}", report.message);
    assert!(report.place.as_ref().unwrap().contains("determinism.rs:"));
    assert_eq!(report.step, Some(6));
    report
}

#[test]
fn a_clock_behind_a_helper_blocks_the_turn_that_passes_its_time_on() {
    checked(async |app, _| {
        let run = app.start(by_the_clock, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        let line = "first run:  activity `ship` version 1 (task 0), at ";
        assert!(report.message.contains(line), "{}", report.message);
        assert!(
            report.message.contains("differs in the input"),
            "{}",
            report.message
        );
    });
}

#[test]
fn the_order_of_a_hash_map_blocks_the_turn_that_goes_by_it() {
    checked(async |app, _| {
        let run = app.start(by_a_hash_map, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        assert!(
            report.message.contains("the order of a hash map"),
            "{}",
            report.message
        );
    });
}

#[test]
fn randomness_blocks_the_turn_that_sets_a_timer_by_it() {
    checked(async |app, _| {
        let run = app.start(by_chance, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        assert!(
            report.message.contains("the time at which it is due"),
            "{}",
            report.message
        );
    });
}

#[test]
fn an_instance_blocked_by_a_static_has_lost_nothing_and_goes_on_when_it_is_repaired() {
    checked(async |app, _| {
        let run = app.start(by_a_static, ()).await.unwrap();
        app.settle().await;
        blocked(&run).await;
        app.restart().await;
        app.settle().await;
        assert!(
            run.status().await.unwrap().blocked.is_some(),
            "the same build does not try again by itself"
        );

        REPAIRED.store(true, Ordering::SeqCst);
        run.resume("the static is read once now").await.unwrap();
        // The event that it was blocked at is still there.
        run.wait().await.unwrap();
    });
}

#[orchestrator]
async fn by_a_static_and_unchecked(ctx: OrchestrationContext, (): ()) -> Result<u64, Failure> {
    Ok(ctx.call(ship, next_of_a_static()).await?)
}

#[test]
fn without_checks_every_turn_is_made_once() {
    test_with(
        |own| own.determinism_checks = DeterminismChecks::Off,
        async |app, _| {
            let run = app.start(by_a_static_and_unchecked, ()).await.unwrap();
            run.wait().await.unwrap();
        },
    );
}

#[activity]
async fn busy_twice(_: ActivityContext, (): ()) -> Result<u64, Failure> {
    static TRIES: AtomicU64 = AtomicU64::new(0);
    match TRIES.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err(Failure::new("busy")),
        tries => Ok(tries),
    }
}

static ASKED: AtomicU64 = AtomicU64::new(0);

#[orchestrator]
async fn with_everything(ctx: OrchestrationContext, round: u64) -> Result<u64, Failure> {
    let asked = ctx.side_effect(|| ASKED.fetch_add(1, Ordering::SeqCst)).await;
    let (id, number) = (ctx.new_uuid().to_string(), ctx.random());
    ctx.set_custom_status(&(id, number, ctx.now()))?;
    let undone = ctx
        .saga(|saga| {
            let ctx = ctx.clone();
            async move {
                let shipped = ctx.call(ship, number).await?;
                saga.undo_with(refuse, shipped);
                ctx.side_effect(random).await;
                Err::<(), Failure>(Failure::new("changed my mind"))
            }
        })
        .await;
    assert!(undone.is_err(), "so that it is undone");
    let policy = RetryPolicy::exponential(5, seconds(1)..minutes(1)).jitter(1.0);
    ctx.call(busy_twice, ())
        .retry(policy)
        .retry_if(|_| random() > 0)
        .await?;
    if round == 0 {
        ctx.call(with_everything, 1)
            .id("detached")
            .on_parent_end(ChildPolicy::Abandon)
            .await?;
        return ctx.continue_as_new(1).await;
    }
    Ok(asked)
}

#[test]
fn what_is_recorded_is_never_mistaken_for_a_difference_and_runs_once() {
    checked(async |app, _| {
        let run = app.start(with_everything, 0).await.unwrap();
        app.advance(hours(1)).await;
        assert_eq!(run.wait().await.unwrap(), 2, "{:?}", run.status().await);
        assert_eq!(ASKED.load(Ordering::SeqCst), 3, "once per execution");
    });
}
