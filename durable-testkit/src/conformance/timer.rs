//! Durable timers.

use durable_core::TaskId;
use durable_core::history::EventKind;

use super::build::{Turn, messages};
use super::setup::{CaseResult, ensure, same};
use super::stage::{Stage, after_turn, poll_once};

/// A timer MUST come back when it is due and not a microsecond before, and end a fetch that waits.
/// Otherwise a timeout strikes early, or only when something else happens.
pub(super) async fn a_timer_fires_when_it_is_due(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let fire_at = stage.after(10);
    worker.run(Turn::of(&held).timer(3, fire_at)).await?;
    stage.advance(9).await;
    stage.clock.advance(std::time::Duration::from_micros(999_999));
    stage.setup.settle().await;
    stage.nothing_for(&worker).await?;
    let mut fetch = worker.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "it fired a microsecond early"
    );
    stage.clock.advance(std::time::Duration::from_micros(1));
    stage.setup.settle().await;
    let work = fetch.await?;
    let kinds: Vec<_> = work
        .iter()
        .flat_map(|it| &it.messages)
        .map(|it| it.event.kind.clone())
        .collect();
    let task = TaskId(3);
    same("messages", kinds, [EventKind::TimerFired { task, fire_at }])?;
    same(
        "its execution",
        &work[0].messages[0].execution,
        &Some(held.execution),
    )
}

/// A timer MUST fire once.
/// Otherwise its second firing completes whatever task has its number next.
pub(super) async fn a_timer_fires_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    worker.run(Turn::of(&held).timer(3, stage.after(1))).await?;
    stage.advance(1).await;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work).release()).await?;
    stage.advance(10).await;
    stage.nothing_for(&worker).await
}

/// Timers MUST come in the order of their due times, and one that is past due at once.
/// Otherwise the earlier of two timeouts loses.
pub(super) async fn timers_come_in_the_order_of_their_times(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let turn = Turn::of(&held)
        .timer(1, stage.after(3))
        .timer(2, stage.after(1))
        .timer(3, stage.after(2));
    worker.run(turn.timer(4, stage.now())).await?;
    let work = worker.turn_of("order").await?;
    same("messages at once", messages(&work), ["TimerFired 4"])?;
    stage.advance(5).await;
    let work = worker.turn_of("order").await?;
    same(
        "messages",
        messages(&work),
        ["TimerFired 2", "TimerFired 3", "TimerFired 1"],
    )
}

/// A timer MUST fire for whoever owns the instance then, or wait for an owner.
/// Otherwise a timeout dies with the worker that set it.
pub(super) async fn a_timer_outlives_its_worker(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    a.run(Turn::of(&held).timer(3, stage.after(5))).await?;
    stage.outlive(&a).await;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["TimerFired 3"])
}

/// A timer MUST be able to be a hundred years long.
/// Otherwise somebody's reminder comes when a counter overflows.
pub(super) async fn a_timer_may_be_long(stage: &mut Stage) -> CaseResult {
    const CENTURY: u64 = 100 * 365 * 86_400;
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    worker
        .run(Turn::of(&held).timer(3, stage.after(CENTURY)).release())
        .await?;
    stage.advance(CENTURY - 1).await;
    stage.nothing_for(&worker).await?;
    stage.advance(1).await;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TimerFired 3"])
}

/// A timer of an execution that has ended MUST NOT wake anything.
/// Otherwise the instance that has the id next gets a timer that it never set.
pub(super) async fn a_timer_ends_with_its_execution(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    worker.run(Turn::of(&held).timer(3, stage.after(5))).await?;
    worker.run(Turn::of(&held).completed()).await?;
    let again = stage.begin(&worker, "order").await?;
    ensure!(again.execution != held.execution, "the execution is a new one");
    stage.advance(10).await;
    stage.nothing_for(&worker).await?;
    worker.run(Turn::of(&after_turn(again, 0)).completed()).await
}
