//! Changes outside a turn: move and rewind.

use durable_core::TaskId;
use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, Marker, MarkerKind};
use durable_core::hub::{Amendment, HubErrorKind, InstanceStatus, Outgoing, Signal, TurnWork};

use super::build::{Turn, child, event, failure, id, json, messages, offer_of, order, version};
use super::setup::{CaseError, CaseResult, ensure, refused, same, stale};
use super::stage::{Stage, Worker};

fn moved(stage: &Stage) -> Amendment {
    let marker = Marker {
        kind: MarkerKind::Moved,
        version: 1,
        task: None,
        data: "{}".to_owned(),
    };
    Amendment::Move {
        event: Event::new(stage.now(), EventKind::Marker(marker)),
        version: version("2"),
    }
}

/// A move MUST append its event, change the version, fence the owner, and hand what waits to a worker of the new version.
/// Otherwise two versions write one history.
pub(super) async fn a_move_fences_the_owner(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    let held = stage.begin(&one, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    one.turn_of("order").await?;
    stage
        .hub
        .amend(&held.instance, &held.execution, 1, moved(stage))
        .await?;
    for base in [1, 2] {
        stale(
            "the old owner's turn",
            one.try_run(Turn::of(&held).base(base)).await,
        )?;
    }
    let work = two.turn_of("order").await?;
    same("version", &work.version, &version("2"))?;
    same("event_count", work.event_count, 2)?;
    same("messages", messages(&work), ["item"])?;
    same(
        "history",
        stage.history("order").await?,
        ["ExecutionStarted", "Moved {}"],
    )?;
    same(
        "the record's version",
        stage.record("order").await?.version,
        version("2"),
    )
}

/// A change MUST be refused, without any effect, unless the instance stands exactly where it was looked at.
/// Otherwise a trial replay proves something about another history.
pub(super) async fn a_change_of_something_else_is_refused(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let before = stage.record("order").await?;
    let other = stage.execution();
    for (execution, count) in [(&held.execution, 0), (&held.execution, 2), (&other, 1)] {
        let answer = stage
            .hub
            .amend(&held.instance, execution, count, moved(stage))
            .await;
        refused("another place", answer, HubErrorKind::Conflict)?;
    }
    let missing = stage
        .hub
        .amend(&id("missing"), &held.execution, 1, moved(stage))
        .await;
    refused("a missing instance", missing, HubErrorKind::NotFound)?;
    same("record", stage.record("order").await?, before)?;
    worker.run(Turn::of(&held).custom_status("1")).await
}

/// A rewound instance MUST run as the new execution, with the history given and what it waits for scheduled anew, and
/// be handed out with an `ExecutionResumed`. Otherwise it is shown as running and never goes on.
pub(super) async fn a_rewound_instance_goes_on(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    worker
        .run(Turn::of(&held).ended(CompletionStatus::Failed(failure("no"))))
        .await?;
    let kept = stage
        .hub
        .history(&held.instance, None)
        .await?
        .map(|it| it.events)
        .unwrap_or_default();
    let next = stage.execution();
    let rewound = EventKind::ExecutionRewound {
        reason: "try again".to_owned(),
        from: held.execution.clone(),
        execution: next.clone(),
        version: version("1"),
    };
    let events = vec![kept[0].clone(), Event::new(stage.now(), rewound)];
    let amendment = Amendment::Rewind {
        execution: next.clone(),
        events: events.clone(),
        version: version("1"),
        outgoing: vec![Outgoing::Activity(order(1))],
    };
    stage
        .hub
        .amend(&held.instance, &held.execution, 2, amendment)
        .await?;
    let record = stage.record("order").await?;
    same("status", record.status, InstanceStatus::Running)?;
    same("execution", &record.execution, &next)?;
    same("event_count", record.event_count, 2)?;
    same("failure and end", (record.failure, record.ended_at), (None, None))?;
    let history = stage.hub.history(&held.instance, None).await?.map(|it| it.events);
    same("history", history, Some(events))?;
    let work = worker.turn_of("order").await?;
    same("messages that wake it", messages(&work), ["ExecutionResumed"])?;
    worker.run(Turn::of(&work).release()).await?;
    let activity = worker.activity().await?;
    same("the activity's execution", &activity.key.execution, &next)?;
    worker.complete(&activity).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TaskCompleted 1"])?;
    worker.run(Turn::of(&work).completed()).await?;
    ensure!(stage.record("order").await?.ended_at.is_some(), "it ended");
    Ok(())
}

/// Only an instance that has ended MUST be rewound; external events that it has not read are gone with its end.
/// Otherwise a running execution is cut off without a word.
pub(super) async fn only_an_ended_instance_is_rewound(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let events = stage
        .hub
        .history(&held.instance, None)
        .await?
        .map(|it| it.events)
        .unwrap_or_default();
    let amendment = Amendment::Rewind {
        execution: stage.execution(),
        events,
        version: version("1"),
        outgoing: Vec::new(),
    };
    let answer = stage
        .hub
        .amend(&held.instance, &held.execution, 1, amendment)
        .await;
    refused("a running instance", answer, HubErrorKind::Conflict)?;
    worker.run(Turn::of(&held).custom_status("1")).await
}

/// A move MUST lift a block, and be refused for an instance that has ended.
/// Otherwise the repaired version never gets its try, or a finished history grows.
pub(super) async fn a_move_lifts_a_block(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    let held = stage.begin(&one, "order").await?;
    stage.signal("order", event("item", "1")).await?;
    let work = one.turn_of("order").await?;
    one.run(Turn::of(&work).blocked(1, stage.now())).await?;
    stage
        .hub
        .amend(&held.instance, &held.execution, 1, moved(stage))
        .await?;
    same("report", stage.record("order").await?.blocked, None)?;
    let work = two.turn_of("order").await?;
    same("messages", messages(&work), ["item"])?;
    two.run(Turn::of(&work).completed()).await?;
    let count = stage.record("order").await?.event_count;
    let answer = stage
        .hub
        .amend(&held.instance, &held.execution, count, moved(stage))
        .await;
    refused("after the end", answer, HubErrorKind::Conflict)
}

/// Fails an instance, and returns the change that rewinds it, with the history it has so far.
pub(super) async fn fail(stage: &Stage, worker: &Worker, work: &TurnWork) -> CaseResult<(u64, Amendment)> {
    let kept = stage.hub.history(&work.instance, None).await?;
    let mut events = kept.map(|it| it.events).unwrap_or_default();
    let base = events.len() as u64;
    let status = CompletionStatus::Failed(failure("no"));
    worker.run(Turn::of(work).base(base).ended(status)).await?;
    let count = stage.record(work.instance.as_str()).await?.event_count;
    let execution = stage.execution();
    let rewound = EventKind::ExecutionRewound {
        reason: "try again".to_owned(),
        from: work.execution.clone(),
        execution: execution.clone(),
        version: version("1"),
    };
    events.push(Event::new(stage.now(), rewound));
    let amendment = Amendment::Rewind {
        execution,
        events,
        version: version("1"),
        outgoing: Vec::new(),
    };
    Ok((count, amendment))
}

/// The children of the execution that was rewound MUST be those of the new one: their answers reach it, and they end
/// with it. Otherwise a rewound parent waits for ever for a child that goes on.
pub(super) async fn a_rewound_parent_keeps_its_children(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let start = |task, name| child(&parent, task, name, stage.execution());
    let calls = Turn::of(&parent)
        .start_child(start(1, "one"))
        .start_child(start(2, "two"));
    worker.run(calls).await?;
    let mut children = worker.turns(2).await?;
    children.sort_by(|a, b| a.instance.cmp(&b.instance));
    let (count, rewind) = fail(stage, &worker, &parent).await?;
    let (instance, execution) = (parent.instance.clone(), parent.execution.clone());
    stage.hub.amend(&instance, &execution, count, rewind).await?;
    let work = worker.turn_of("parent").await?;
    worker.run(Turn::of(&work)).await?;
    let kind = EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(1),
        result: json("\"done\""),
    };
    let answer = Outgoing::Send {
        to: instance,
        execution: Some(execution),
        event: Event::new(stage.now(), kind),
    };
    worker
        .run(Turn::of(&children[0]).send(answer).completed())
        .await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildCompleted 1"])?;
    let (reason, recursive) = ("over".to_owned(), true);
    stage
        .signal("parent", Signal::Terminate { reason, recursive })
        .await?;
    same(
        "the other child",
        stage.record("two").await?.status,
        InstanceStatus::Terminated,
    )
}

/// A rewind that keeps no event MUST take the first one from the messages it sends.
/// Otherwise an instance that failed in its first turn cannot be rewound.
pub(super) async fn a_rewind_may_begin_before_the_first_turn(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let status = CompletionStatus::Failed(failure("no"));
    worker.run(Turn::of(&held).ended(status)).await?;
    let old = stage.hub.history(&held.instance, None).await?;
    let old = old.map(|it| it.events).unwrap_or_default();
    let Some(EventKind::ExecutionStarted(started)) = old.first().map(|event| event.kind.clone()) else {
        return Err(CaseError::new("the history begins with another event"));
    };
    let execution = stage.execution();
    let started = ExecutionStarted {
        execution: execution.clone(),
        ..*started
    };
    let first = Event::new(stage.now(), EventKind::ExecutionStarted(Box::new(started)));
    let amendment = Amendment::Rewind {
        execution: execution.clone(),
        events: Vec::new(),
        version: version("1"),
        outgoing: vec![Outgoing::Send {
            to: held.instance.clone(),
            execution: None,
            event: first,
        }],
    };
    stage
        .hub
        .amend(&held.instance, &held.execution, old.len() as u64, amendment)
        .await?;
    let work = worker.turn_of("order").await?;
    same("execution", &work.execution, &execution)?;
    same("event_count", work.event_count, 0)?;
    same(
        "messages",
        messages(&work),
        ["ExecutionStarted", "ExecutionResumed"],
    )?;
    worker.run(Turn::of(&work).completed()).await?;
    let record = stage.record("order").await?;
    same(
        "status and failure",
        (record.status, record.failure),
        (InstanceStatus::Completed, None),
    )
}
