//! Ownership, leases and fencing.

use durable_core::hub::{Commit, InstanceStatus};

use super::build::{Turn, event, messages};
use super::setup::{CaseResult, ensure, same, stale};
use super::stage::{Stage, completion, poll_once};

/// When an owner's lease has run out, another worker MUST get the instance, and every commit of the former owner MUST be
/// refused as stale. Otherwise a hung process that comes back overwrites what has happened since.
pub(super) async fn a_fenced_owner_cannot_commit(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    stage.outlive(&a).await;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["item"])?;
    stale(
        "the former owner's turn",
        a.try_run(Turn::of(&held).completed()).await,
    )?;
    ensure!(
        a.hub.load_history(&held.session).await.is_err(),
        "the former owner could load"
    );
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Running,
    )?;
    b.run(Turn::of(&work)).await?;
    stale(
        "the former owner's turn",
        a.try_run(Turn::of(&held).base(2).completed()).await,
    )?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "item"],
    )
}

/// A lease that is renewed MUST NOT run out, however long nothing is fetched.
/// Otherwise a resident instance that waits for days is taken away from a healthy worker.
pub(super) async fn a_renewed_lease_does_not_run_out(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let other = stage.worker("other").await?;
    let held = stage.begin(&a, "order").await?;
    stage.outlive(&other).await;
    stage.signal("order", event("item", "1")).await?;
    stage.nothing_for(&b).await?;
    a.run(Turn::of(&held).custom_status("1")).await
}

/// A paused owner MUST keep its instance until the lease has run out.
/// Otherwise a short hiccup costs a takeover and a replay.
pub(super) async fn a_lease_holds_until_it_runs_out(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    stage.setup.pause(&a.id);
    let half = stage.setup.lease() / 2;
    stage.clock.advance(half);
    stage.setup.settle().await;
    stage.nothing_for(&b).await?;
    a.run(Turn::of(&held).custom_status("1")).await
}

/// The new owner MUST get every message that was not consumed, in order, handed out before or not.
/// Otherwise what the dead worker had in hand is lost.
pub(super) async fn a_takeover_hands_out_everything_again(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    stage.start("order").await?;
    stage.signal("order", event("e1", "0")).await?;
    a.turn_of("order").await?;
    stage.signal("order", event("e2", "0")).await?;
    stage.outlive(&a).await;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted", "e1", "e2"])
}

/// A fetch that waits MUST end when another worker's lease runs out and leaves work behind.
/// Otherwise the work of a dead process waits for an unrelated event.
pub(super) async fn a_fetch_is_ended_by_a_takeover(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    stage.begin(&a, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    a.turn_of("order").await?;
    stage.setup.pause(&a.id);
    let mut fetch = b.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "a live owner's instance was handed out"
    );
    stage.outlast_leases().await;
    let work = fetch.await?;
    same(
        "messages",
        work.iter().map(messages).collect::<Vec<_>>(),
        [["item"]],
    )
}

/// A session MUST end with its ownership and differ from the next, even if the same worker owns the instance again.
/// Otherwise a forgotten turn of the first ownership is committed in the second, or its messages are mixed with theirs.
pub(super) async fn a_session_ends_with_its_ownership(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let old = stage.begin(&worker, "order").await?;
    worker.hub.release(old.session.clone()).await?;
    stage.signal("order", event("item", "1")).await?;
    let new = worker.turn_of("order").await?;
    same("equal sessions", old.session == new.session, false)?;
    stale(
        "the old session's turn",
        worker.try_run(Turn::of(&old).completed()).await,
    )?;
    worker.run(Turn::of(&new)).await?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "item"],
    )
}

/// A former owner's release MUST NOT take the instance from the present owner.
/// Otherwise a fenced worker disturbs the healthy one.
pub(super) async fn a_late_release_changes_nothing(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    stage.outlive(&a).await;
    let work = b.turn_of("order").await?;
    // Whether it is refused or ignored is the hub's choice.
    let _ = a.hub.release(held.session).await;
    same("owner", stage.record("order").await?.owner, Some(b.id.clone()))?;
    stage.nothing_for(&b).await?;
    b.run(Turn::of(&work)).await
}

/// A commit with one stale part MUST be refused whole: a turn is not written without the completion that caused it.
/// Otherwise a task has two results, or a result that no history shows.
pub(super) async fn one_stale_part_refuses_the_whole_commit(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 1).await?;
    let work = worker.activity().await?;
    worker.hub.abandon(work.session.clone()).await?;
    let again = worker.activity().await?;
    let commit = Commit {
        completions: vec![completion(&again.session, true), completion(&work.session, true)],
        turn: Some(Turn::of(&held).completed().0),
    };
    stale("with a stale completion", worker.commit(commit).await)?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Running,
    )?;
    worker.hub.release(held.session.clone()).await?;
    let commit = Commit {
        completions: vec![completion(&again.session, false)],
        turn: Some(Turn::of(&held).completed().0),
    };
    stale("with a stale turn", worker.commit(commit).await)?;
    stage.nothing_for(&worker).await?;
    worker.complete(&again).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TaskCompleted 1"])
}

/// When a worker has stopped the renewal of its lease, the lease MUST run out at its time, though the worker is still held
/// and its activities run; until then the worker owns what it owned.
/// Otherwise a thread that hangs keeps the work of a worker that was dropped.
pub(super) async fn a_lease_that_is_renewed_no_more_runs_out(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    a.hub.stop_renewal();
    stage.nothing_for(&b).await?;
    // At once and as a whole: whatever the hub was doing just now, it must not renew from the moment that it sees next.
    let lease = stage.setup.lease();
    stage.clock.advance(lease);
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["item"])?;
    stale(
        "the turn of the worker that had stopped",
        a.try_run(Turn::of(&held).completed()).await,
    )?;
    b.run(Turn::of(&work)).await
}
