//! Instances whose code fails.

use durable_core::BuildId;
use durable_core::hub::InstanceStatus;

use super::build::{Turn, event, messages, resume, terminate};
use super::setup::{CaseResult, same, stale};
use super::stage::{Stage, Worker};

/// Starts `order` with one event and lets its first turn be blocked on the worker.
async fn blocked(stage: &Stage, worker: &Worker, build: u64) -> CaseResult {
    stage.start("order").await?;
    stage.signal("order", event("item", "1")).await?;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work).blocked(build, stage.now())).await
}

/// A blocked turn MUST append and consume nothing, be shown with its report, and end the ownership.
/// Otherwise a bug in the code destroys the process, or hides.
pub(super) async fn a_blocked_turn_loses_nothing(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    let work = worker.turn_of("order").await?;
    stage.advance(5).await;
    let turn = Turn::of(&work).schedule(1).eager(1).blocked(1, stage.now());
    let committed = worker.try_run(turn).await?;
    same("activities", committed.activities.len(), 0)?;
    let record = stage.record("order").await?;
    same("event_count", record.event_count, 0)?;
    same("status", record.status, InstanceStatus::Pending)?;
    same("owner", record.owner, None)?;
    let report = record
        .blocked
        .map(|it| (it.reason, it.message, it.build, it.since));
    let wanted = (
        "panic".to_owned(),
        "the orchestrator panicked".to_owned(),
        BuildId(1),
        stage.now(),
    );
    same("report", report, Some(wanted))?;
    stale("another turn", worker.try_run(Turn::of(&work)).await)?;
    stage.no_activity_for(&worker).await
}

/// A blocked instance MUST NOT be handed to the build that failed, whatever is sent to it.
/// Otherwise one bad instance keeps a worker busy for ever.
pub(super) async fn a_blocked_instance_is_left_alone(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    blocked(stage, &a, 1).await?;
    stage.signal("order", event("more", "1")).await?;
    stage.nothing_for(&a).await?;
    stage.nothing_for(&b).await
}

/// Each other build MUST get one try, with every message; while it is blocked there, it is left alone again.
/// Otherwise a repaired deployment has to be told by hand, or a broken one spins.
pub(super) async fn each_new_build_gets_one_try(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    blocked(stage, &a, 1).await?;
    let b = stage.worker_of_build("b", 2).await?;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted", "item"])?;
    b.run(Turn::of(&work).blocked(2, stage.now())).await?;
    let report = stage.record("order").await?.blocked;
    same(
        "the build of the report",
        report.map(|it| it.build),
        Some(BuildId(2)),
    )?;
    stage.signal("order", event("more", "1")).await?;
    stage.nothing_for(&b).await?;
    stage.nothing_for(&a).await?;
    let c = stage.worker_of_build("c", 3).await?;
    let work = c.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted", "item", "more"])
}

/// A turn that succeeds MUST lift the block.
/// Otherwise a repaired instance is shown as broken, and starves.
pub(super) async fn a_successful_turn_lifts_the_block(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    blocked(stage, &a, 1).await?;
    let b = stage.worker_of_build("b", 2).await?;
    let work = b.turn_of("order").await?;
    b.run(Turn::of(&work).release()).await?;
    same("report", stage.record("order").await?.blocked, None)?;
    stage.signal("order", event("more", "1")).await?;
    let work = a.turn_of("order").await?;
    same("messages", messages(&work), ["more"])
}

/// Resuming MUST lift the block and give the same build another try, with every message.
/// Otherwise nobody can try again after repairing the data.
pub(super) async fn resuming_lifts_the_block(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    blocked(stage, &a, 1).await?;
    stage.signal("order", resume()).await?;
    same("report", stage.record("order").await?.blocked, None)?;
    let work = a.turn_of("order").await?;
    same(
        "messages",
        messages(&work),
        ["ExecutionStarted", "item", "ExecutionResumed"],
    )?;
    a.run(Turn::of(&work).blocked(1, stage.now())).await?;
    stage.nothing_for(&a).await
}

/// A blocked instance MUST be terminable.
/// Otherwise a bug makes an instance immortal.
pub(super) async fn a_blocked_instance_can_be_terminated(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    blocked(stage, &a, 1).await?;
    stage.signal("order", terminate(false)).await?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Terminated)?;
    same("report", record.blocked, None)?;
    let b = stage.worker_of_build("b", 2).await?;
    stage.nothing_for(&b).await
}

/// The one try of a build MUST count from the moment at which it is handed out, whatever becomes of it.
/// Otherwise an instance that kills every process of the build is given to it again and again.
pub(super) async fn a_try_counts_even_if_it_comes_to_nothing(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    blocked(stage, &a, 1).await?;
    let b = stage.worker_of_build("b", 2).await?;
    let work = b.turn_of("order").await?;
    b.hub.release(work.session).await?;
    stage.nothing_for(&b).await?;
    let c = stage.worker_of_build("c", 3).await?;
    c.turn_of("order").await?;
    stage.outlive(&c).await;
    let other = stage.worker_of_build("d", 3).await?;
    stage.nothing_for(&other).await?;
    let record = stage.record("order").await?;
    same("still blocked", record.blocked.is_some(), true)
}
