//! The signs of life of activities.

use std::time::Duration;

use durable_core::history::EventKind;
use durable_core::hub::{ActivityWork, CompletionToken, Outgoing};
use durable_core::{FailureDetails, TaskId};

use super::build::{Turn, json, messages, order};
use super::setup::{CaseResult, ensure, same, stale};
use super::stage::{Stage, Worker, demand};

/// In seconds: how long the activities here may be silent, and how far time moves without that being up. Both are much
/// shorter than a lease.
const LIMIT: u64 = 4;
const NEARLY: u64 = 3;

/// Begins an instance that has scheduled an activity, task 1, with a limit.
async fn begin(stage: &Stage, worker: &Worker, limit: Duration) -> CaseResult {
    stage.start("order").await?;
    let work = worker.turn_of("order").await?;
    let mut limited = order(1);
    limited.heartbeat = Some(limit);
    worker
        .run(Turn::of(&work).send(Outgoing::Activity(limited)))
        .await
}

async fn fetch(worker: &Worker) -> CaseResult<ActivityWork> {
    // No more slots than one, so that the fetch ends with it.
    Ok(worker.hub.fetch_activities(demand(1)).await?.run.remove(0))
}

async fn is_lost(worker: &Worker, work: &ActivityWork) -> CaseResult {
    let turn = worker.turn_of("order").await?;
    let failure = FailureDetails::heartbeat_timeout();
    let kind = EventKind::TaskFailed {
        task: TaskId(1),
        failure,
    };
    let kinds: Vec<_> = turn.messages.iter().map(|message| &message.event.kind).collect();
    same("messages", kinds, [&kind])?;
    same("to cancel", worker.batch().await?.cancel, [work.key.clone()])?;
    stale("a late result", worker.complete(work).await)?;
    ensure!(
        worker.heartbeat(&work.session, None).await?,
        "a late heartbeat goes on"
    );
    Ok(())
}

/// An activity that is silent for as long as its limit MUST fail, once; its worker MUST be told to stop it, and its late
/// result be refused. Otherwise a call waits for ever for an activity that hangs.
pub(super) async fn a_silent_activity_is_lost(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let mut limited = order(1);
    limited.heartbeat = Some(Duration::from_secs(LIMIT));
    let turn = Turn::of(&held).send(Outgoing::Activity(limited)).schedule(2);
    let works = worker.try_run(turn.eager(2)).await?.activities;
    stage.advance(NEARLY).await;
    stage.nothing_for(&worker).await?;
    stage.advance(LIMIT - NEARLY).await;
    is_lost(&worker, &works[0]).await?;
    stage.advance(LIMIT).await;
    stage.no_activity_for(&worker).await?;
    worker.complete(&works[1]).await?;
    let turn = worker.turn_of("order").await?;
    same("the one without a limit", messages(&turn), ["TaskCompleted 2"])
}

/// A heartbeat MUST begin the time anew, with or without progress.
/// Otherwise a long activity is lost although it reports.
pub(super) async fn a_heartbeat_begins_the_time_anew(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    begin(stage, &worker, Duration::from_secs(LIMIT)).await?;
    let work = fetch(&worker).await?;
    for progress in [None, Some(json("1")), None] {
        stage.advance(NEARLY).await;
        ensure!(
            !worker.heartbeat(&work.session, progress).await?,
            "an activity was lost that has reported in time"
        );
    }
    stage.advance(NEARLY).await;
    stage.nothing_for(&worker).await?;
    stage.advance(LIMIT - NEARLY).await;
    is_lost(&worker, &work).await
}

/// Only the time in which a live worker runs it MUST count: not while it waits, was given back, or is left to the outside.
/// Otherwise activities are lost that nobody could report of.
pub(super) async fn an_activity_that_nobody_runs_is_not_silent(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    begin(stage, &worker, Duration::from_secs(LIMIT)).await?;
    stage.advance(LIMIT * 2).await;
    let work = fetch(&worker).await?;
    stage.advance(NEARLY).await;
    worker.hub.abandon(work.session).await?;
    stage.advance(LIMIT * 2).await;
    let work = fetch(&worker).await?;
    stage.advance(NEARLY).await;
    worker.hub.park(work.session).await?;
    stage.advance(LIMIT * 2).await;
    stage.nothing_for(&worker).await?;
    let token = CompletionToken(work.key);
    stage.hub.complete_activity(&token, Ok(json("\"out\""))).await?;
    let turn = worker.turn_of("order").await?;
    same("messages", messages(&turn), ["TaskCompleted 1"])
}

/// An activity whose worker's lease runs out first MUST be handed out again, with the whole time before it.
/// Otherwise the next worker is cut off for the silence of the last.
pub(super) async fn the_next_worker_has_the_whole_time(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    begin(stage, &a, stage.setup.lease() + Duration::from_secs(1)).await?;
    fetch(&a).await?;
    stage.outlive(&a).await;
    let work = fetch(&b).await?;
    same("deliveries", work.deliveries, 1)?;
    stage.advance(LIMIT).await;
    b.complete(&work).await?;
    same(
        "messages",
        messages(&b.turn_of("order").await?),
        ["TaskCompleted 1"],
    )
}
