//! Activities.

use std::time::Duration;

use durable_core::TaskId;
use durable_core::hub::{ActivityDemand, ActivityKey, ActivityWork, Commit, Outgoing};

use super::build::{SENTINEL, Turn, WORK, code, failure, json, messages, name, offer, order, version};
use super::setup::{CaseResult, ensure, same, stale};
use super::stage::{Stage, after_turn, completed_event, completion, demand, poll_once};

/// A scheduled activity MUST be handed out as it was ordered, and end a fetch that waits.
/// Otherwise it runs with another input, or late.
pub(super) async fn an_activity_comes_as_it_was_ordered(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let mut fetch = worker.hub.fetch_activities(demand(10));
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "there was nothing to fetch"
    );
    let mut order = order(5);
    (order.attempt, order.heartbeat) = (3, Some(Duration::from_secs(50)));
    worker
        .run(Turn::of(&held).send(Outgoing::Activity(order.clone())))
        .await?;
    let batch = fetch.await?;
    same("activities", batch.run.len(), 1)?;
    let work = &batch.run[0];
    let key = ActivityKey {
        instance: held.instance,
        execution: held.execution,
        task: TaskId(5),
    };
    same("key", &work.key, &key)?;
    same(
        "name and version",
        (&work.name, &work.version),
        (&order.name, &order.version),
    )?;
    same("input", &work.input, &order.input)?;
    same("attempt and deliveries", (work.attempt, work.deliveries), (3, 0))?;
    same("heartbeat", work.heartbeat, order.heartbeat)?;
    same("progress", &work.progress, &None)?;
    stage.no_activity_for(&worker).await
}

/// A worker MUST get only activities whose (name, version) it offers.
/// Otherwise it owns what it cannot run.
pub(super) async fn a_worker_gets_the_activities_it_offers(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let (mut other_version, mut other_name) = (order(1), order(2));
    other_version.version = version("2");
    other_name.name = name("other");
    let turn = Turn::of(&held)
        .send(Outgoing::Activity(other_version))
        .send(Outgoing::Activity(other_name));
    let committed = worker.try_run(turn.schedule(3).eager(10)).await?;
    same("eager ones", committed.activities.len(), 1)?;
    same("the eager one", committed.activities[0].key.task, TaskId(3))?;
    stage.no_activity_for(&worker).await
}

/// A fetch MUST return at most as many activities as there are slots, none of a saturated name, and the rest later.
/// Otherwise limits are broken, or work is stuck behind them.
pub(super) async fn slots_and_saturation_are_respected(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let mut sentinel = order(9);
    sentinel.name = name(SENTINEL);
    let turn = (1..=3)
        .fold(Turn::of(&held), Turn::schedule)
        .send(Outgoing::Activity(sentinel));
    worker.run(turn).await?;
    let batch = worker.hub.fetch_activities(room_for_work(10, 0)).await?;
    same("with a saturated name", tasks(&batch.run), [9])?;
    let batch = worker.hub.fetch_activities(demand(2)).await?;
    same("two slots", tasks(&batch.run), [1, 2])?;
    same("the rest", tasks(&worker.batch().await?.run), [3])
}

/// A fetch or commit MUST return no more activities of a name than the worker has room for, whatever their versions.
/// Otherwise work waits at a full worker while another is idle.
pub(super) async fn no_more_of_a_name_than_there_is_room_for(stage: &mut Stage) -> CaseResult {
    let mut of_both = offer("a");
    of_both.activities.push(code(WORK, "2"));
    let worker = stage.join(of_both).await?;
    let held = stage.begin(&worker, "order").await?;
    let (mut sentinel, mut other_version) = (order(9), order(2));
    sentinel.name = name(SENTINEL);
    other_version.version = version("2");
    let turn = Turn::of(&held)
        .schedule(1)
        .send(Outgoing::Activity(other_version))
        .schedule(3)
        .send(Outgoing::Activity(sentinel.clone()));
    let mut turn = [4, 5].into_iter().fold(turn, Turn::schedule);
    turn.0.eager = room_for_work(10, 2);
    let eager = worker.try_run(turn).await?.activities;
    same("with the commit", tasks(&eager), [1, 2, 9])?;
    let held = after_turn(held, 0);
    sentinel.task = TaskId(8);
    worker
        .run(Turn::of(&held).send(Outgoing::Activity(sentinel)))
        .await?;
    let batch = worker.hub.fetch_activities(room_for_work(10, 1)).await?;
    same("by the first fetch", tasks(&batch.run), [3, 8])?;
    let batch = worker.hub.fetch_activities(room_for_work(10, 5)).await?;
    same("by the second", tasks(&batch.run), [4, 5])
}

fn room_for_work(slots: usize, room: usize) -> ActivityDemand {
    ActivityDemand {
        slots,
        rooms: [(name(WORK), room)].into(),
    }
}

fn tasks(works: &[ActivityWork]) -> Vec<u32> {
    let mut tasks: Vec<u32> = works.iter().map(|work| work.key.task.0).collect();
    tasks.sort_unstable();
    tasks
}

/// A result MUST reach the inbox of the execution that called, once, whether it is a value or a failure.
/// Otherwise a call never returns, or returns twice.
pub(super) async fn a_result_reaches_the_inbox(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 2).await?;
    let batch = worker.batch().await?;
    worker.complete(&batch.run[0]).await?;
    worker.fail(&batch.run[1], failure("broken")).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TaskCompleted 1", "TaskFailed 2"])?;
    same("the first", &work.messages[0].event.kind, &completed_event(1))?;
    for message in &work.messages {
        same("its execution", &message.execution, &Some(held.execution.clone()))?;
    }
    stale("the same completion again", worker.complete(&batch.run[0]).await)?;
    worker.run(Turn::of(&work)).await?;
    stage.no_activity_for(&worker).await
}

/// A completion that the turn of its own commit has applied MUST end the activity and not reach the inbox.
/// Otherwise the result is in the history twice.
pub(super) async fn an_applied_completion_is_not_delivered(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 1).await?;
    let work = worker.activity().await?;
    let mut turn = Turn::of(&held).schedule(2).eager(1);
    turn.0.events = vec![durable_core::history::Event::new(stage.now(), completed_event(1))];
    let commit = Commit {
        completions: vec![completion(&work.session, true)],
        turn: Some(turn.0),
    };
    let committed = worker.commit(commit).await?;
    same("the next activity", committed.activities.len(), 1)?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "TaskCompleted 1"],
    )?;
    stage.no_activity_for(&worker).await?;
    let next = after_turn(held, 1);
    worker.run(Turn::of(&next).release()).await?;
    stage.nothing_for(&worker).await
}

/// The turn's own activities MUST be owned by the committing worker at once, up to its slots, payload in hand; the rest go
/// to whoever fetches. Otherwise every activity costs another read, or runs twice.
pub(super) async fn eager_activities_are_owned_at_once(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    let turn = (1..=3).fold(Turn::of(&held), Turn::schedule).eager(2);
    let mut committed = a.try_run(turn).await?;
    let tasks: Vec<u32> = committed.activities.iter().map(|work| work.key.task.0).collect();
    same("eager ones", tasks, [1, 2])?;
    same("input", &committed.activities[0].input, &json("\"in\""))?;
    let rest = b.activity().await?;
    same("the rest", rest.key.task, TaskId(3))?;
    stage.no_activity_for(&b).await?;
    let first = committed.activities.remove(0);
    same("deliveries", first.deliveries, 0)?;
    a.complete(&first).await?;
    same(
        "messages",
        messages(&a.turn_of("order").await?),
        ["TaskCompleted 1"],
    )
}

/// Without eager slots nothing MUST be handed out with the commit.
/// Otherwise a full worker gets more than it can run.
pub(super) async fn without_slots_nothing_is_eager(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let committed = worker.try_run(Turn::of(&held).schedule(1)).await?;
    same("eager ones", committed.activities.len(), 0)?;
    same("fetched", worker.activity().await?.key.task, TaskId(1))
}

/// When a worker's lease has run out, its activities MUST be handed out again with the same key, counted; the former
/// owner's completion MUST be refused. Otherwise work is lost with its worker, or has two results.
pub(super) async fn an_activity_outlives_its_worker(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    let mut eager = a
        .try_run(Turn::of(&held).schedule(1).schedule(2).eager(1))
        .await?
        .activities;
    let fetched = a.activity().await?;
    stage.outlive(&a).await;
    let again = b.batch().await?.run;
    let deliveries: Vec<_> = again
        .iter()
        .map(|work| (work.key.clone(), work.deliveries))
        .collect();
    let eager = eager.remove(0);
    same(
        "handed out again",
        deliveries,
        [(eager.key.clone(), 1), (fetched.key.clone(), 1)],
    )?;
    for work in [&eager, &fetched] {
        stale("the former owner's completion", a.complete(work).await)?;
        ensure!(
            a.heartbeat(&work.session, None).await?,
            "a heartbeat without ownership goes on"
        );
    }
    b.complete(&again[0]).await?;
    same(
        "messages",
        messages(&b.turn_of("order").await?),
        ["TaskCompleted 1"],
    )
}

/// An abandoned activity MUST be handed out again, counted, and its former session be worth nothing.
/// Otherwise a worker that shuts down loses what it had begun.
pub(super) async fn an_abandoned_activity_is_handed_out_again(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    stage.begin_with_activities(&a, "order", 1).await?;
    let work = a.activity().await?;
    a.hub.abandon(work.session.clone()).await?;
    let again = b.activity().await?;
    same("key", &again.key, &work.key)?;
    same("deliveries", again.deliveries, 1)?;
    stale("the former owner's completion", a.complete(&work).await)?;
    // A late second attempt to give it back must not take it from its new owner.
    let _ = a.hub.abandon(work.session).await;
    stage.no_activity_for(&a).await?;
    b.complete(&again).await?;
    Ok(())
}

/// A heartbeat MUST keep its progress for a later run of the same task.
/// Otherwise a long activity begins from nothing after every crash.
pub(super) async fn progress_survives_the_worker(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin_with_activities(&worker, "order", 1).await?;
    let work = worker.activity().await?;
    ensure!(
        !worker.heartbeat(&work.session, Some(json("10"))).await?,
        "it is wanted"
    );
    ensure!(
        !worker.heartbeat(&work.session, Some(json("20"))).await?,
        "it is wanted"
    );
    ensure!(!worker.heartbeat(&work.session, None).await?, "it is wanted");
    worker.hub.abandon(work.session).await?;
    same("progress", worker.activity().await?.progress, Some(json("20")))
}

/// A cancelled activity that runs MUST be reported to its worker by fetch and by heartbeat, and one that waits not be run.
/// Otherwise work goes on that nobody waits for.
pub(super) async fn a_cancelled_activity_is_stopped(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 2).await?;
    let running = worker.hub.fetch_activities(demand(1)).await?.run.remove(0);
    let mut fetch = worker.hub.fetch_activities(demand(0));
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "there are no slots and nothing to cancel"
    );
    let turn = Turn::of(&held).send(Outgoing::CancelActivity(TaskId(1)));
    worker.run(turn.send(Outgoing::CancelActivity(TaskId(2)))).await?;
    let batch = fetch.await?;
    same("to cancel", batch.cancel, [running.key])?;
    same("to run", batch.run.len(), 0)?;
    ensure!(
        worker.heartbeat(&running.session, None).await?,
        "a heartbeat did not report it"
    );
    stage.no_activity_for(&worker).await
}

/// When an execution ends, its running activities MUST be reported as no longer wanted and those that wait not be run.
/// Otherwise an ended process goes on acting.
pub(super) async fn activities_end_with_their_execution(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 2).await?;
    let running = worker.hub.fetch_activities(demand(1)).await?.run.remove(0);
    worker
        .run(Turn::of(&held).schedule(3).eager(1).completed())
        .await?;
    let batch = worker.batch().await?;
    same("to cancel", batch.cancel, [running.key.clone()])?;
    same("to run", batch.run.len(), 0)?;
    let before = stage.record("order").await?;
    // Refused or without effect: both are safe.
    let _ = worker.complete(&running).await;
    same("the record", stage.record("order").await?, before)?;
    stage.no_activity_for(&worker).await
}

/// A fetch of activities that was dropped MUST lose nothing.
/// Otherwise an activity waits for its worker's lease to run out.
pub(super) async fn a_dropped_activity_fetch_loses_nothing(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let mut fetch = worker.hub.fetch_activities(demand(10));
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "there was nothing to fetch"
    );
    worker.run(Turn::of(&held).schedule(1)).await?;
    drop(fetch);
    same("task", worker.activity().await?.key.task, TaskId(1))
}
