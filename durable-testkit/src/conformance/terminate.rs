//! Terminating.

use durable_core::FailureOrigin;
use durable_core::history::{ChildPolicy, CompletionStatus, EventKind};
use durable_core::hub::InstanceStatus;

use super::build::{Turn, child, id, messages, next_execution, terminate};
use super::children::family;
use super::setup::{CaseResult, ensure, same, stale};
use super::stage::Stage;

/// Terminating MUST end an instance at once, without a worker: in the record, and with two events at the history's end.
/// Otherwise what hangs cannot be ended.
pub(super) async fn an_instance_is_terminated_at_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "order").await?;
    stage.advance(5).await;
    stage.signal("order", terminate(false)).await?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Terminated)?;
    same("ended_at", record.ended_at, Some(stage.now()))?;
    same("event_count", record.event_count, 3)?;
    let failure = record.failure.map(|failure| (failure.origin, failure.message));
    same(
        "failure",
        failure,
        Some((FailureOrigin::Terminated, "enough".to_owned())),
    )?;
    let events = stage
        .hub
        .history(&id("order"), None)
        .await?
        .map(|it| it.events)
        .unwrap_or_default();
    let reason = "enough".to_owned();
    same(
        "the last event but one",
        &events[1].kind,
        &EventKind::ExecutionTerminated {
            reason: reason.clone(),
        },
    )?;
    let status = CompletionStatus::Terminated(reason);
    same(
        "the last event",
        &events[2].kind,
        &EventKind::ExecutionCompleted(status),
    )
}

/// Terminating MUST fence the owner.
/// Otherwise a turn in flight brings the instance back to life.
pub(super) async fn terminating_fences_the_owner(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    stage.signal("order", terminate(false)).await?;
    for base in [1, 3] {
        stale(
            "the owner's turn",
            worker.try_run(Turn::of(&held).base(base).completed()).await,
        )?;
    }
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Terminated,
    )?;
    same("owner", stage.record("order").await?.owner, None)
}

/// Timers and activities of a terminated instance MUST be dropped, and running activities be reported.
/// Otherwise its work goes on behind its back.
pub(super) async fn terminating_drops_what_is_outstanding(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 2).await?;
    worker.run(Turn::of(&held).timer(3, stage.after(5))).await?;
    let running = worker
        .hub
        .fetch_activities(super::stage::demand(1))
        .await?
        .run
        .remove(0);
    stage.signal("order", terminate(false)).await?;
    let reported = worker.batch().await?;
    same("to cancel", reported.cancel, [running.key.clone()])?;
    same("to run", reported.run.len(), 0)?;
    ensure!(
        worker.heartbeat(&running.session, None).await?,
        "a heartbeat did not report it"
    );
    // Refused or without effect: both are safe.
    let _ = worker.complete(&running).await;
    stage.advance(10).await;
    stage.no_activity_for(&worker).await?;
    same("event_count", stage.record("order").await?.event_count, 3)
}

/// The parent of a terminated child MUST be told, at the task that called it.
/// Otherwise it waits for ever.
pub(super) async fn the_parent_of_a_terminated_child_is_told(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = family(stage, &worker, &[("child", ChildPolicy::Cancel)]).await?;
    stage.signal("child", terminate(false)).await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildFailed 1 Terminated"])?;
    same(
        "its execution",
        &work.messages[0].execution,
        &Some(parent.execution),
    )
}

/// Terminating recursively MUST terminate children and their children, and nobody else's.
/// Otherwise a tree of processes is left half alive.
pub(super) async fn terminating_may_take_the_children_along(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "stranger").await?;
    let parent = stage.begin(&worker, "parent").await?;
    worker
        .run(Turn::of(&parent).start_child(child(&parent, 1, "child", stage.execution())))
        .await?;
    let work = worker.turn_of("child").await?;
    let grandchild = child(&work, 1, "grandchild", stage.execution());
    worker.run(Turn::of(&work).start_child(grandchild)).await?;
    stage.signal("parent", terminate(true)).await?;
    for instance in ["parent", "child", "grandchild"] {
        same(
            instance,
            stage.record(instance).await?.status,
            InstanceStatus::Terminated,
        )?;
    }
    same(
        "stranger",
        stage.record("stranger").await?.status,
        InstanceStatus::Running,
    )?;
    stage.nothing_for(&worker).await
}

/// Terminating without recursion MUST do to each child what its policy says.
/// Otherwise a child that should compensate is never asked to.
pub(super) async fn terminating_follows_the_children_s_policies(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let policies = [
        ("c1", ChildPolicy::Cancel),
        ("c2", ChildPolicy::Terminate),
        ("c3", ChildPolicy::Abandon),
    ];
    family(stage, &worker, &policies).await?;
    stage.signal("parent", terminate(false)).await?;
    let work = worker.turn_of("c1").await?;
    same("messages", messages(&work), ["CancelRequested \"enough\""])?;
    same("c1", stage.record("c1").await?.status, InstanceStatus::Running)?;
    same("c2", stage.record("c2").await?.status, InstanceStatus::Terminated)?;
    same("c3", stage.record("c3").await?.status, InstanceStatus::Running)
}

/// Terminating MUST leave the children of an earlier execution alone: they were told when that one ended.
/// Otherwise a loop that leaves workers behind takes them along when it is stopped.
pub(super) async fn children_of_an_earlier_execution_are_left_alone(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = family(stage, &worker, &[("child", ChildPolicy::Terminate)]).await?;
    let next = next_execution(&parent, stage.execution());
    worker.run(Turn::of(&parent).continue_as_new(next)).await?;
    let work = worker.turn_of("parent").await?;
    worker.run(Turn::of(&work)).await?;
    stage.signal("parent", terminate(true)).await?;
    same(
        "parent",
        stage.record("parent").await?.status,
        InstanceStatus::Terminated,
    )?;
    same(
        "child",
        stage.record("child").await?.status,
        InstanceStatus::Running,
    )
}
