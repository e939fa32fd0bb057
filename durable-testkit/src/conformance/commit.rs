//! Committing turns.

use durable_core::history::{CompletionStatus, Event, EventKind};
use durable_core::hub::{Commit, CommitError, HubErrorKind, InstanceStatus, Outgoing};

use super::build::{
    Turn, child, event, event_name, failure, id, json, messages, raised, request, started, version,
};
use super::setup::{CaseResult, ensure, refused, same, stale};
use super::stage::{Stage, after_turn, turn_commit};

/// A committed turn MUST append its events, and the record MUST show the outcome.
/// Otherwise the next replay, or a person, sees another state than the worker.
pub(super) async fn a_turn_appends_and_shows(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    stage.advance(5).await;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work).custom_status("\"half\"")).await?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Running)?;
    same("event_count", record.event_count, 1)?;
    same("custom status", record.custom_status, Some(json("\"half\"")))?;
    same("updated_at", record.updated_at, stage.now())?;
    stage.signal("order", event("item", "1")).await?;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work)).await?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "item"],
    )?;
    let record = stage.record("order").await?;
    same(
        "custom status, left as it was",
        record.custom_status,
        Some(json("\"half\"")),
    )
}

/// Consumed messages MUST be gone, and all others stay.
/// Otherwise a message takes effect twice, or never.
pub(super) async fn only_what_was_consumed_is_gone(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    stage.signal("order", event("e1", "0")).await?;
    stage.signal("order", event("e2", "0")).await?;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work).consume(2).release()).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["e2"])?;
    worker.run(Turn::of(&work).release()).await?;
    stage.nothing_for(&worker).await
}

/// A turn that stands on another number of events MUST be refused, without any effect.
/// Otherwise two turns that do not know of each other are written one behind the other.
pub(super) async fn a_turn_on_another_history_is_refused(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    stage.start("receiver").await?;
    let receiver = worker.turn_of("receiver").await?;
    stage.signal("order", event("item", "1")).await?;
    let work = worker.turn_of("order").await?;
    let to = receiver.instance.clone();
    let (name, input) = (event_name("ghost"), json("1"));
    for base in [0, 2] {
        let turn = Turn::of(&work).base(base).schedule(1).send(Outgoing::Raise {
            to: to.clone(),
            name: name.clone(),
            input: input.clone(),
        });
        ensure!(
            worker.try_run(turn).await.is_err(),
            "a turn on {base} of 1 events was accepted"
        );
    }
    same("history", stage.history("order").await?, ["ExecutionStarted"])?;
    stage.no_activity_for(&worker).await?;
    worker.hub.release(held.session).await?;
    same("messages", messages(&worker.turn_of("order").await?), ["item"])
}

/// Nothing of a refused turn MUST take effect: no child, no activity, no timer, no event.
/// Otherwise ghosts of a turn that never happened act on the world.
pub(super) async fn a_refused_turn_sends_nothing(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    stage.begin(&b, "receiver").await?;
    a.hub.release(held.session.clone()).await?;
    let mut ghost = child(&held, 2, "ghost", stage.execution());
    ghost.started.input = json("0");
    let turn = Turn::of(&held)
        .schedule(1)
        .eager(10)
        .timer(3, stage.now())
        .start_child(ghost)
        .send(Outgoing::Raise {
            to: id("receiver"),
            name: event_name("ghost"),
            input: json("1"),
        });
    stale("the turn", a.try_run(turn).await)?;
    same("the child", stage.hub.get(&id("ghost")).await?, None)?;
    stage.nothing_for(&a).await?;
    stage.no_activity_for(&b).await
}

/// The elements of a batch MUST be answered in their places and be independent of each other.
/// Otherwise one stale instance takes every other with it.
pub(super) async fn a_batch_is_answered_element_by_element(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let one = stage.begin(&worker, "o1").await?;
    let two = stage.begin(&worker, "o2").await?;
    let three = stage.begin(&worker, "o3").await?;
    worker.hub.release(two.session.clone()).await?;
    let commits = [&one, &two, &three].map(|work| turn_commit(Turn::of(work).completed()));
    let answers = worker.hub.commit(Vec::from(commits)).await;
    let accepted: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    same("accepted", accepted, [true, false, true])?;
    ensure!(
        matches!(answers[1], Err(CommitError::Stale { .. })),
        "the second is stale"
    );
    same(
        "the first",
        stage.record("o1").await?.status,
        InstanceStatus::Completed,
    )?;
    same(
        "the second",
        stage.record("o2").await?.status,
        InstanceStatus::Running,
    )?;
    same(
        "the third",
        stage.record("o3").await?.status,
        InstanceStatus::Completed,
    )?;
    same("an empty batch", worker.hub.commit(Vec::new()).await.len(), 0)?;
    let empty = worker.hub.commit(vec![Commit::default()]).await;
    ensure!(
        empty.iter().all(Result::is_ok) && empty.len() == 1,
        "an empty element has its answer"
    );
    Ok(())
}

/// What is sent to an instance that is missing or has ended MUST be dropped, and the turn accepted.
/// Otherwise one instance cannot go on because another has ended.
pub(super) async fn a_message_without_a_receiver_is_dropped(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "ended").await?;
    let held = stage.begin(&worker, "order").await?;
    let turn = ["ended", "missing"]
        .into_iter()
        .fold(Turn::of(&held), |turn, to| {
            let event = Event::new(stage.now(), raised("sent", "1"));
            let raise = Outgoing::Raise {
                to: id(to),
                name: event_name("raised"),
                input: json("1"),
            };
            turn.send(raise).send(Outgoing::Send {
                to: id(to),
                execution: None,
                event,
            })
        });
    worker.run(turn).await?;
    same(
        "the ended one",
        stage.record("ended").await?.status,
        InstanceStatus::Completed,
    )?;
    same("the missing one", stage.hub.get(&id("missing")).await?, None)?;
    stage.nothing_for(&worker).await
}

/// Raised events MUST arrive for any execution, sent ones for the one they name, and both in order.
/// Otherwise the receiver cannot tell the result of a call from one that an older generation made.
pub(super) async fn messages_between_instances_arrive(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let receiver = stage.begin(&worker, "receiver").await?;
    // A hub may hold an answer back until the history tells what it answers.
    let called = child(&receiver, 4, "sender", stage.execution());
    worker.run(Turn::of(&receiver).start_child(called)).await?;
    let sender = worker.turn_of("sender").await?;
    let result = Event::new(
        stage.now(),
        EventKind::SubOrchestrationInstanceCompleted {
            task: durable_core::TaskId(4),
            result: json("1"),
        },
    );
    let raise = Outgoing::Raise {
        to: id("receiver"),
        name: event_name("hello"),
        input: json("\"text\""),
    };
    let turn = Turn::of(&sender).send(raise).send(Outgoing::Send {
        to: id("receiver"),
        execution: Some(receiver.execution.clone()),
        event: result.clone(),
    });
    worker.run(turn).await?;
    let work = worker.turn_of("receiver").await?;
    same("messages", messages(&work), ["hello", "ChildCompleted 4"])?;
    same(
        "the event raised",
        &work.messages[0].event.kind,
        &raised("hello", "\"text\""),
    )?;
    same("its execution", &work.messages[0].execution, &None)?;
    same("the event sent", &work.messages[1].event, &result)?;
    same(
        "its execution",
        &work.messages[1].execution,
        &Some(receiver.execution),
    )
}

/// An ended execution MUST be shown with its result, own nothing any more, and accept no commit.
/// Otherwise an execution ends twice, or its result is lost.
pub(super) async fn an_end_is_final(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    stage.signal("order", event("unread", "1")).await?;
    stage.advance(5).await;
    worker.run(Turn::of(&held).completed()).await?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Completed)?;
    same("output", record.output, Some(json("\"done\"")))?;
    same("ended_at", record.ended_at, Some(stage.now()))?;
    same("owner", record.owner, None)?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "ExecutionCompleted"],
    )?;
    stale(
        "another turn",
        worker.try_run(Turn::of(&after_turn(held, 1))).await,
    )?;
    let answer = stage.hub.signal(&id("order"), event("late", "1")).await;
    refused("an event", answer, HubErrorKind::Conflict)?;
    stage.nothing_for(&worker).await?;
    same("event_count", stage.record("order").await?.event_count, 2)
}

/// A failed and a canceled execution MUST be shown as what they are, with the failure.
/// Otherwise nobody learns why.
pub(super) async fn failures_are_shown(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let failed = stage.begin(&worker, "failed").await?;
    let canceled = stage.begin(&worker, "canceled").await?;
    worker
        .run(Turn::of(&failed).ended(CompletionStatus::Failed(failure("one"))))
        .await?;
    worker
        .run(Turn::of(&canceled).ended(CompletionStatus::Canceled(failure("two"))))
        .await?;
    let record = stage.record("failed").await?;
    same(
        "failed",
        (record.status, record.failure),
        (InstanceStatus::Failed, Some(failure("one"))),
    )?;
    let record = stage.record("canceled").await?;
    same(
        "canceled",
        (record.status, record.failure),
        (InstanceStatus::Canceled, Some(failure("two"))),
    )?;
    same("output", record.output, None)
}

/// A turn that changes the version MUST be recorded with it.
/// Otherwise a blank version is resolved again, and differently, after the next deployment.
pub(super) async fn a_resolved_version_is_recorded(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut blank = started("blank", stage.execution());
    blank.version = version("");
    stage.hub.start(request(blank)).await?;
    let work = worker.turn_of("blank").await?;
    same("version", &work.version, &version(""))?;
    worker.run(Turn::of(&work).version("1")).await?;
    same("version", stage.record("blank").await?.version, version("1"))?;
    stage.signal("blank", event("item", "1")).await?;
    same("version", worker.turn_of("blank").await?.version, version("1"))
}
