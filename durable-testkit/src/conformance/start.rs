//! Starting instances.

use durable_core::hub::{HubErrorKind, IdReuse, InstanceStatus, StartOutcome, StartRequest};

use super::build::{
    Turn, event, event_name, id, json, messages, name, next_execution, request, started, terminate, version,
};
use super::setup::{CaseResult, ensure, refused, same, stale};
use super::stage::Stage;

/// An acknowledged start MUST be visible at once, with everything that was given.
/// Otherwise a client that asks for what it has just started is told that there is nothing.
pub(super) async fn a_started_instance_is_visible_as_it_was_given(stage: &mut Stage) -> CaseResult {
    let mut first = started("order", stage.execution());
    first.tags.insert("customer".to_owned(), "7".to_owned());
    let outcome = stage.hub.start(request(first.clone())).await?;
    same(
        "the outcome",
        outcome,
        StartOutcome::Started(first.execution.clone()),
    )?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Pending)?;
    same("execution", &record.execution, &first.execution)?;
    same("name", record.name, name("flow"))?;
    same("version", record.version, version("1"))?;
    same("input", record.input, json("{\"n\":1}"))?;
    same("tags", record.tags, first.tags)?;
    same("created_at", record.created_at, stage.now())?;
    same("event_count", record.event_count, 0)?;
    same("ended_at", record.ended_at, None)?;
    same("owner", record.owner, None)
}

/// The same request sent twice MUST start once; the execution id tells that it is the same.
/// Otherwise a client that lost the reply and tries again runs its process twice.
pub(super) async fn the_same_request_starts_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut request = request(started("order", stage.execution()));
    request.reuse = IdReuse::TerminateExisting;
    let execution = request.started.execution.clone();
    for _ in 0..2 {
        let outcome = stage.hub.start(request.clone()).await?;
        same("the outcome", outcome, StartOutcome::Started(execution.clone()))?;
    }
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted"])?;
    worker.run(Turn::of(&work)).await?;
    stage.hub.start(request).await?;
    stage.nothing_for(&worker).await
}

/// A repeated request MUST be recognised after its execution has ended.
/// Otherwise a late retry of a start replaces a finished process by a second run.
pub(super) async fn a_repeated_start_is_recognised_after_the_end(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let execution = stage.finish(&worker, "order").await?;
    for reuse in [IdReuse::Reject, IdReuse::AllowIfEnded, IdReuse::TerminateExisting] {
        let request = StartRequest {
            reuse,
            ..request(started("order", execution.clone()))
        };
        same(
            "the outcome",
            stage.hub.start(request).await?,
            StartOutcome::Started(execution.clone()),
        )?;
        same(
            "status",
            stage.record("order").await?.status,
            InstanceStatus::Completed,
        )?;
    }
    stage.nothing_for(&worker).await
}

/// A repeated request MUST be recognised after its execution has continued as new.
/// Otherwise a late retry of a start terminates or duplicates a process that is well on its way.
pub(super) async fn a_repeated_start_is_recognised_after_continuing_as_new(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let execution = stage.start("loop").await?;
    let work = worker.turn_of("loop").await?;
    let next = next_execution(&work, stage.execution());
    let second = next.started.execution.clone();
    worker.run(Turn::of(&work).continue_as_new(next)).await?;
    for reuse in [IdReuse::AllowIfEnded, IdReuse::TerminateExisting] {
        let request = StartRequest {
            reuse,
            ..request(started("loop", execution.clone()))
        };
        same(
            "the outcome",
            stage.hub.start(request).await?,
            StartOutcome::Started(execution.clone()),
        )?;
    }
    let record = stage.record("loop").await?;
    same("execution", record.execution, second)?;
    same("status", record.status, InstanceStatus::Running)
}

/// `Reject` MUST refuse an id that is taken, by a running instance or an ended one, and return its record.
/// Otherwise two different requests share one instance and neither client knows.
pub(super) async fn reject_refuses_every_taken_id(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "ended").await?;
    stage.begin(&worker, "running").await?;
    for instance in ["ended", "running"] {
        let before = stage.record(instance).await?;
        let reuse = IdReuse::Reject;
        let request = StartRequest {
            reuse,
            ..request(started(instance, stage.execution()))
        };
        let outcome = stage.hub.start(request).await?;
        same(
            "the outcome",
            outcome,
            StartOutcome::Refused(Box::new(before.clone())),
        )?;
        same("the record after it", stage.record(instance).await?, before)?;
    }
    Ok(())
}

/// `AllowIfEnded` MUST refuse a running instance's id, and replace an ended instance by a fresh one.
/// Otherwise work in progress is lost, or an id can never be used again.
pub(super) async fn allow_if_ended_replaces_ended_instances_only(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let first = stage.start("order").await?;
    let again = request(started("order", stage.execution()));
    let outcome = stage.hub.start(again.clone()).await?;
    ensure!(
        matches!(outcome, StartOutcome::Refused(_)),
        "a running one was not kept: {outcome:?}"
    );
    let work = worker.turn_of("order").await?;
    worker
        .run(Turn::of(&work).custom_status("\"old\"").completed())
        .await?;
    let outcome = stage.hub.start(again.clone()).await?;
    same(
        "the outcome",
        outcome,
        StartOutcome::Started(again.started.execution.clone()),
    )?;
    let record = stage.record("order").await?;
    same("execution", &record.execution, &again.started.execution)?;
    same("status", record.status, InstanceStatus::Pending)?;
    same(
        "output and custom status",
        (record.output, record.custom_status),
        (None, None),
    )?;
    same("event_count", record.event_count, 0)?;
    let old = stage.hub.history(&id("order"), Some(&first)).await?;
    same("the history of the one before", old, None)?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted"])
}

/// `UseExisting` MUST return the instance as it is, running or ended, and start nothing.
/// Otherwise `start_or_raise` starts a second process.
pub(super) async fn use_existing_leaves_the_instance_as_it_is(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "ended").await?;
    stage.begin(&worker, "running").await?;
    for instance in ["ended", "running"] {
        let before = stage.record(instance).await?;
        let reuse = IdReuse::UseExisting;
        let request = StartRequest {
            reuse,
            ..request(started(instance, stage.execution()))
        };
        let outcome = stage.hub.start(request).await?;
        same(
            "the outcome",
            outcome,
            StartOutcome::Existing(before.execution.clone()),
        )?;
        same("the record after it", stage.record(instance).await?, before)?;
    }
    stage.nothing_for(&worker).await
}

/// `TerminateExisting` MUST replace a running instance and fence its owner.
/// Otherwise a turn of the old instance is written into the history of the new one.
pub(super) async fn terminate_existing_replaces_and_fences(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let old = stage.begin(&worker, "order").await?;
    let reuse = IdReuse::TerminateExisting;
    let request = StartRequest {
        reuse,
        ..request(started("order", stage.execution()))
    };
    let execution = request.started.execution.clone();
    let outcome = stage.hub.start(request).await?;
    same("the outcome", outcome, StartOutcome::Started(execution.clone()))?;
    stale(
        "the old owner's turn",
        worker.try_run(Turn::of(&old).base(0)).await,
    )?;
    let work = worker.turn_of("order").await?;
    same("execution", &work.execution, &execution)?;
    stale(
        "the old owner's turn",
        worker.try_run(Turn::of(&old).base(0)).await,
    )?;
    worker.run(Turn::of(&work)).await?;
    same("history", stage.history("order").await?, ["ExecutionStarted"])
}

/// An event given with a start MUST be delivered behind the start, in the same step.
/// Otherwise a crash between the two leaves a process that waits for ever.
pub(super) async fn an_event_given_with_a_start_comes_behind_it(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut request = request(started("order", stage.execution()));
    request.raise = Some((event_name("item"), json("1")));
    stage.hub.start(request).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted", "item"])
}

/// An event given with a start MUST reach a running instance that is used as it is, and be lost with no accepted start.
/// A refused or repeated start MUST NOT deliver it. Otherwise events are lost, or counted twice.
pub(super) async fn an_event_given_with_a_start_is_delivered_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut first = request(started("order", stage.execution()));
    first.raise = Some((event_name("one"), json("1")));
    stage.hub.start(first.clone()).await?;
    stage.hub.start(first).await?;
    let mut existing = request(started("order", stage.execution()));
    existing.reuse = IdReuse::UseExisting;
    existing.raise = Some((event_name("two"), json("2")));
    stage.hub.start(existing).await?;
    let mut rejected = request(started("order", stage.execution()));
    rejected.reuse = IdReuse::Reject;
    rejected.raise = Some((event_name("three"), json("3")));
    stage.hub.start(rejected).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted", "one", "two"])
}

/// An event given with a start that uses an ended instance MUST be refused as a conflict.
/// Otherwise it is acknowledged and lost.
pub(super) async fn an_event_for_an_ended_instance_is_refused(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "order").await?;
    let before = stage.record("order").await?;
    let mut existing = request(started("order", stage.execution()));
    existing.reuse = IdReuse::UseExisting;
    existing.raise = Some((event_name("late"), json("1")));
    refused(
        "the start",
        stage.hub.start(existing).await,
        HubErrorKind::Conflict,
    )?;
    same("the record after it", stage.record("order").await?, before)
}

/// A scheduled instance MUST NOT be handed out before its time, whatever is sent to it, and MUST be handed out then,
/// without anybody asking again. Otherwise the start time is only a hint.
pub(super) async fn a_scheduled_start_waits_for_its_time(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut first = started("later", stage.execution());
    first.scheduled_start = Some(stage.after(10));
    stage.hub.start(request(first)).await?;
    stage.signal("later", event("early", "1")).await?;
    same(
        "status",
        stage.record("later").await?.status,
        InstanceStatus::Pending,
    )?;
    stage.nothing_for(&worker).await?;
    stage.advance(9).await;
    stage.nothing_for(&worker).await?;
    let mut fetch = worker.hub.fetch_turns(10);
    ensure!(
        super::stage::poll_once(&mut fetch).await.is_none(),
        "it came a second early"
    );
    stage.advance(1).await;
    let work = fetch.await?;
    same(
        "messages",
        work.iter().map(messages).collect::<Vec<_>>(),
        [["ExecutionStarted", "early"]],
    )
}

/// A terminated instance that never had a turn MUST NOT run; its history still begins with its first event.
/// Otherwise a start that was called back runs all the same, or what it was cannot be read.
pub(super) async fn a_start_that_was_called_back_never_runs(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    stage.signal("order", terminate(false)).await?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Terminated,
    )?;
    let answer = stage.hub.signal(&id("order"), event("late", "1")).await;
    refused("an event after it", answer, HubErrorKind::Conflict)?;
    let wanted = ["ExecutionStarted", "ExecutionTerminated", "ExecutionCompleted"];
    same("history", stage.history("order").await?, wanted)?;
    stage.nothing_for(&worker).await
}
