//! Sub-orchestrations.

use durable_core::TaskId;
use durable_core::history::{ChildPolicy, CompletionStatus, Event, EventKind};
use durable_core::hub::{InstanceStatus, Outgoing};

use super::build::{Turn, child, event, id, json, messages};
use super::setup::{CaseResult, same};
use super::stage::{Stage, Worker};

/// Begins a parent with children that have the policies given, and begins the children too.
pub(super) async fn family(
    stage: &Stage,
    worker: &Worker,
    policies: &[(&str, ChildPolicy)],
) -> CaseResult<durable_core::hub::TurnWork> {
    let parent = stage.begin(worker, "parent").await?;
    let turn = (1..)
        .zip(policies)
        .fold(Turn::of(&parent), |turn, (task, (name, policy))| {
            let mut start = child(&parent, task, name, stage.execution());
            start.policy = *policy;
            turn.start_child(start)
        });
    worker.run(turn).await?;
    for work in worker.turns(policies.len()).await? {
        worker.run(Turn::of(&work)).await?;
    }
    Ok(parent)
}

pub(super) fn cancel_child(instance: &str, policy: ChildPolicy) -> Outgoing {
    Outgoing::CancelChild {
        instance: id(instance),
        policy,
        reason: "not needed".to_owned(),
    }
}

/// A child MUST be started with the parent's turn, and know its parent.
/// Otherwise the parent waits for a child that nobody started.
pub(super) async fn a_child_is_started_with_its_parent(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let start = child(&parent, 1, "child", stage.execution());
    worker.run(Turn::of(&parent).start_child(start.clone())).await?;
    let record = stage.record("child").await?;
    same("status", record.status, InstanceStatus::Pending)?;
    same("parent", record.parent, start.started.parent.clone())?;
    let work = worker.turn_of("child").await?;
    let kind = EventKind::ExecutionStarted(Box::new(start.started));
    same("the first message", &work.messages[0].event.kind, &kind)
}

/// A child's result MUST reach the parent in the same step as the child's end.
/// Otherwise the parent waits for ever for a child that has ended.
pub(super) async fn a_result_reaches_the_parent(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let start = child(&parent, 1, "child", stage.execution());
    worker.run(Turn::of(&parent).start_child(start)).await?;
    let work = worker.turn_of("child").await?;
    let task = TaskId(1);
    let result = json("\"done\"");
    let event = Event::new(
        stage.now(),
        EventKind::SubOrchestrationInstanceCompleted { task, result },
    );
    let to = parent.instance.clone();
    let execution = Some(parent.execution.clone());
    worker
        .run(
            Turn::of(&work)
                .send(Outgoing::Send { to, execution, event })
                .completed(),
        )
        .await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildCompleted 1"])
}

/// A child whose id a running instance has MUST fail as existing already, at the task that called it, and leave that
/// instance alone. Otherwise a call ends with a stranger's result, or never.
pub(super) async fn a_taken_id_fails_the_call(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "taken").await?;
    let before = stage.record("taken").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let start = child(&parent, 7, "taken", stage.execution());
    worker.run(Turn::of(&parent).start_child(start)).await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildFailed 7 AlreadyExists"])?;
    same(
        "its execution",
        &work.messages[0].execution,
        &Some(parent.execution),
    )?;
    same("the one that has the id", stage.record("taken").await?, before)
}

/// An ended instance MUST keep its id from children too.
/// Otherwise a call destroys the history and result of another process.
pub(super) async fn an_ended_instance_keeps_its_id(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "taken").await?;
    let before = stage.record("taken").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let start = child(&parent, 7, "taken", stage.execution());
    worker.run(Turn::of(&parent).start_child(start)).await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildFailed 7 AlreadyExists"])?;
    same("the one that has the id", stage.record("taken").await?, before)
}

/// A child that is no longer wanted MUST be asked to cancel, be terminated, or be left alone, as the policy says.
/// Otherwise work goes on that nobody waits for, or is cut off that should compensate.
pub(super) async fn an_unwanted_child_follows_its_policy(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let policies = [
        ("c1", ChildPolicy::Cancel),
        ("c2", ChildPolicy::Terminate),
        ("c3", ChildPolicy::Abandon),
    ];
    let parent = family(stage, &worker, &policies).await?;
    let turn = policies.iter().fold(Turn::of(&parent), |turn, (name, policy)| {
        turn.send(cancel_child(name, *policy))
    });
    worker.run(turn.release()).await?;
    same(
        "terminated",
        stage.record("c2").await?.status,
        InstanceStatus::Terminated,
    )?;
    same(
        "abandoned",
        stage.record("c3").await?.status,
        InstanceStatus::Running,
    )?;
    let mut others = worker.hub.fetch_turns(10).await?;
    others.retain(|work| work.instance != parent.instance);
    let found: Vec<_> = others
        .iter()
        .map(|work| (work.instance.as_str(), messages(work)))
        .collect();
    same(
        "messages",
        found,
        [("c1", vec!["CancelRequested \"not needed\"".to_owned()])],
    )
}

/// The children of an execution that ends without its code MUST follow the policies they were started with.
/// Otherwise work goes on that nobody waits for, and that nobody will ever stop.
pub(super) async fn children_follow_their_policies_when_the_code_is_gone(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let policies = [
        ("c1", ChildPolicy::Cancel),
        ("c2", ChildPolicy::Terminate),
        ("c3", ChildPolicy::Abandon),
    ];
    let parent = family(stage, &worker, &policies).await?;
    stage.begin(&worker, "stranger").await?;
    let reason = "its parent failed".to_owned();
    let failed = CompletionStatus::Failed(super::build::failure("no"));
    worker
        .run(
            Turn::of(&parent)
                .send(Outgoing::CancelChildren { reason })
                .ended(failed),
        )
        .await?;
    let mut states = Vec::new();
    for name in ["c1", "c2", "c3", "stranger"] {
        states.push(stage.record(name).await?.status);
    }
    let (running, terminated) = (InstanceStatus::Running, InstanceStatus::Terminated);
    same("states", states, [running, terminated, running, running])?;
    let work = worker.turn_of("c1").await?;
    let asked = ["CancelRequested \"its parent failed\""];
    same("messages", messages(&work), asked)?;
    stage.nothing_for(&worker).await
}

/// A turn MUST NOT be able to cancel an instance that is not its own child.
/// Otherwise dropping a call whose id was taken kills a stranger.
pub(super) async fn a_stranger_cannot_be_cancelled(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "stranger").await?;
    let parent = stage.begin(&worker, "parent").await?;
    let turn = Turn::of(&parent)
        .send(cancel_child("stranger", ChildPolicy::Terminate))
        .send(cancel_child("stranger", ChildPolicy::Cancel))
        .send(cancel_child("missing", ChildPolicy::Terminate));
    worker.run(turn).await?;
    same(
        "status",
        stage.record("stranger").await?.status,
        InstanceStatus::Running,
    )?;
    stage.nothing_for(&worker).await?;
    stage.signal("stranger", event("item", "1")).await?;
    same("messages", messages(&worker.turn_of("stranger").await?), ["item"])
}
