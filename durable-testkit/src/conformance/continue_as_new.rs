//! Continuing as new.

use durable_core::history::Event;
use durable_core::hub::{InstanceStatus, TurnWork};

use super::build::{Turn, event, id, json, messages, next_execution, offer_of, raised, version};
use super::setup::{CaseResult, ensure, same};
use super::stage::{Stage, Worker, poll_once};

/// Begins `loop` and lets it continue as new, carrying `carried`.
async fn continued(stage: &Stage, worker: &Worker, held: &TurnWork, carried: &[&str]) -> CaseResult {
    let mut next = next_execution(held, stage.execution());
    next.carried = carried
        .iter()
        .map(|name| Event::new(stage.now(), raised(name, "0")))
        .collect();
    worker.run(Turn::of(held).continue_as_new(next)).await
}

/// The next execution MUST get its start first, then what was carried, then what waits, each in order.
/// Otherwise an event overtakes an older one, or the start.
pub(super) async fn carried_messages_come_before_waiting_ones(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "loop").await?;
    for name in ["w1", "w2"] {
        stage.signal("loop", event(name, "0")).await?;
    }
    continued(stage, &worker, &held, &["c1", "c2"]).await?;
    let work = worker.turn_of("loop").await?;
    same(
        "messages",
        messages(&work),
        ["ExecutionStarted", "c1", "c2", "w1", "w2"],
    )?;
    same("event_count", work.event_count, 0)?;
    ensure!(work.execution != held.execution, "the execution is the old one");
    // The ownership goes on, and with it the session.
    worker.run(Turn::of(&work)).await
}

/// The record MUST show the next execution: its id, generation and input, no events, not ended, started when it was.
/// Otherwise a client waits for an execution that is over.
pub(super) async fn the_record_shows_the_next_execution(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "loop").await?;
    let created_at = stage.now();
    stage.advance(5).await;
    continued(stage, &worker, &held, &[]).await?;
    let record = stage.record("loop").await?;
    ensure!(record.execution != held.execution, "the execution is the old one");
    same("generation", record.generation, 1)?;
    same("input", record.input, json("{\"n\":2}"))?;
    same("event_count", record.event_count, 0)?;
    same("status", record.status, InstanceStatus::Running)?;
    same(
        "ended_at and output",
        (record.ended_at, record.output),
        (None, None),
    )?;
    same("created_at", record.created_at, created_at)?;
    let old = stage.hub.history(&id("loop"), Some(&held.execution)).await?;
    same("the old history", old, None)?;
    same(
        "the new history",
        stage.history("loop").await?,
        Vec::<String>::new(),
    )
}

/// Results and timers of the old execution MUST NOT reach the next one.
/// Otherwise they complete whatever task has their number there.
pub(super) async fn results_of_the_old_execution_are_dropped(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "loop", 3).await?;
    let batch = worker.batch().await?;
    worker.complete(&batch.run[0]).await?;
    worker.run(Turn::of(&held).timer(4, stage.after(5))).await?;
    continued(stage, &worker, &held, &[]).await?;
    // Refused or without effect: both are safe.
    let _ = worker.complete(&batch.run[1]).await;
    stage.advance(10).await;
    let work = worker.turn_of("loop").await?;
    let current =
        |it: &&durable_core::hub::Message| it.execution.as_ref().is_none_or(|e| *e == work.execution);
    let for_the_new = work.messages.iter().filter(current).count();
    same("messages for the new execution", for_the_new, 1)?;
    worker.run(Turn::of(&work)).await?;
    stage.nothing_for(&worker).await
}

/// Activities of the old execution that run MUST be reported as no longer wanted, and those that wait not be run.
/// Otherwise every generation leaves work behind whose result nobody takes.
pub(super) async fn activities_of_the_old_execution_are_cancelled(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "loop", 2).await?;
    let mut batch = worker.hub.fetch_activities(super::stage::demand(1)).await?;
    same("activities", batch.run.len(), 1)?;
    continued(stage, &worker, &held, &[]).await?;
    let running = batch.run.remove(0);
    let reported = worker.hub.fetch_activities(super::stage::demand(10)).await?;
    same("to cancel", reported.cancel, [running.key])?;
    same("to run", reported.run.len(), 0)
}

/// An execution that continues on another version MUST be handed to a worker that offers it, and to no other.
/// Otherwise the old code runs the new input.
pub(super) async fn the_next_execution_may_be_of_another_version(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    let held = stage.begin(&one, "loop").await?;
    let mut next = next_execution(&held, stage.execution());
    next.started.version = version("2");
    one.run(Turn::of(&held).release().continue_as_new(next)).await?;
    same("version", stage.record("loop").await?.version, version("2"))?;
    if stage.hub.capabilities().filter_at_fetch {
        stage.nothing_for(&one).await?;
    }
    let work = two.turn_of("loop").await?;
    same("version", work.version, version("2"))
}

/// What was carried MUST survive the loss of the worker, in the same order.
/// Otherwise a crash right after continuing as new loses events.
pub(super) async fn carried_messages_survive_a_takeover(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "loop").await?;
    stage.signal("loop", event("w1", "0")).await?;
    continued(stage, &a, &held, &["c1", "c2"]).await?;
    a.turn_of("loop").await?;
    stage.signal("loop", event("w2", "0")).await?;
    stage.outlive(&a).await;
    let work = b.turn_of("loop").await?;
    same(
        "messages",
        messages(&work),
        ["ExecutionStarted", "c1", "c2", "w1", "w2"],
    )
}

/// Waiting for the end MUST NOT end when an execution continues as new, but when the last of them ends.
/// Otherwise a client takes a step of a loop for its result.
pub(super) async fn waiting_goes_on_over_continue_as_new(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "loop").await?;
    let hub = std::sync::Arc::clone(&stage.hub);
    let mut current = hub.wait_ended(&held.instance, None);
    let mut first = hub.wait_ended(&held.instance, Some(held.execution.clone()));
    ensure!(poll_once(&mut current).await.is_none(), "it has not ended");
    ensure!(poll_once(&mut first).await.is_none(), "it has not ended");
    continued(stage, &worker, &held, &[]).await?;
    ensure!(
        poll_once(&mut current).await.is_none(),
        "it has continued, not ended"
    );
    ensure!(
        poll_once(&mut first).await.is_none(),
        "it has continued, not ended"
    );
    let work = worker.turn_of("loop").await?;
    worker.run(Turn::of(&work).completed()).await?;
    for record in [current.await?, first.await?] {
        same("status", record.status, InstanceStatus::Completed)?;
        same("execution", &record.execution, &work.execution)?;
    }
    Ok(())
}
