//! Completing activities from outside a worker.

use durable_core::TaskId;
use durable_core::hub::{ActivityKey, CompletionToken, HubErrorKind};

use super::build::{Turn, failure, json, messages};
use super::setup::{CaseResult, refused, same, stale};
use super::stage::{Stage, completed_event};

/// A completion from outside MUST reach the inbox like the worker's own, and end the worker's right to complete.
/// Otherwise the task has two results.
pub(super) async fn an_activity_is_completed_from_outside(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin_with_activities(&worker, "order", 2).await?;
    let running = worker
        .hub
        .fetch_activities(super::stage::demand(1))
        .await?
        .run
        .remove(0);
    let token = CompletionToken(running.key.clone());
    stage.hub.complete_activity(&token, Ok(json("\"out\""))).await?;
    let waiting = ActivityKey {
        task: TaskId(2),
        ..running.key.clone()
    };
    stage
        .hub
        .complete_activity(&CompletionToken(waiting), Err(failure("no")))
        .await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TaskCompleted 1", "TaskFailed 2"])?;
    same("the first", &work.messages[0].event.kind, &completed_event(1))?;
    stale("the worker's completion", worker.complete(&running).await)?;
    let batch = worker.batch().await?;
    same("to cancel", batch.cancel, [running.key])?;
    stage.no_activity_for(&worker).await
}

/// A completion of what is not waited for MUST be refused as not found: completed already, ended, or unknown.
/// Otherwise the one who answers never learns that it was too late.
pub(super) async fn a_late_completion_is_not_found(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 2).await?;
    let key = |task| ActivityKey {
        instance: held.instance.clone(),
        execution: held.execution.clone(),
        task: TaskId(task),
    };
    let complete = |task| {
        let hub = std::sync::Arc::clone(&stage.hub);
        let token = CompletionToken(key(task));
        async move { hub.complete_activity(&token, Ok(json("1"))).await }
    };
    complete(1).await?;
    refused("the second completion", complete(1).await, HubErrorKind::NotFound)?;
    refused("an unknown task", complete(9).await, HubErrorKind::NotFound)?;
    worker.run(Turn::of(&held).completed()).await?;
    refused("after the end", complete(2).await, HubErrorKind::NotFound)
}

/// A parked activity MUST NOT be handed out again, not even when its worker leaves, and MUST still be completed from
/// outside. Otherwise a person is asked the same question again with every restart.
pub(super) async fn a_parked_activity_waits_for_the_outside(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin_with_activities(&worker, "order", 1).await?;
    let mut batch = worker.hub.fetch_activities(super::stage::demand(1)).await?;
    let running = batch.run.remove(0);
    worker.hub.park(running.session.clone()).await?;
    worker.hub.leave().await?;
    let other = stage.worker("b").await?;
    stage.no_activity_for(&other).await?;
    let token = CompletionToken(running.key.clone());
    stage.hub.complete_activity(&token, Ok(json("\"out\""))).await?;
    let work = other.turn_of("order").await?;
    same("messages", messages(&work), ["TaskCompleted 1"])
}
