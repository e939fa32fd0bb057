//! Fences: new instances held back while a deployment is under way.

use durable_core::hub::{
    Fence, FenceId, FencedCode, HubErrorKind, IdReuse, InstanceStatus, StartOutcome, StartRequest,
};
use durable_core::{Timestamp, Version};

use super::amend::fail;
use super::build::{FLOW, Turn, child, event, id, name, next_execution, request, started, version};
use super::setup::{CaseError, CaseResult, ensure, refused, same};
use super::stage::Stage;

fn fence_id(text: &str) -> CaseResult<FenceId> {
    FenceId::new(text).map_err(|error| CaseError::new(error.to_string()))
}

fn fence(text: &str, codes: Vec<FencedCode>, until: Timestamp) -> CaseResult<Fence> {
    Ok(Fence {
        id: fence_id(text)?,
        codes,
        reason: "release 7".to_owned(),
        until,
    })
}

fn all_of(flow: &str) -> FencedCode {
    FencedCode {
        name: name(flow),
        version: None,
    }
}

async fn start(stage: &Stage, request: StartRequest) -> CaseResult<StartOutcome> {
    Ok(stage.hub.start(request).await?)
}

async fn is_fenced(stage: &Stage, request: StartRequest, by: &Fence) -> CaseResult {
    let wanted = StartOutcome::Fenced(Box::new(by.clone()));
    same("the start", start(stage, request).await?, wanted)
}

/// Once a fence is up, a start that it covers MUST be refused with it, and leave nothing; another MUST be accepted.
/// Otherwise instances begin on code that is being replaced, or the rest of the world stands still.
pub(super) async fn a_fenced_start_is_refused(stage: &mut Stage) -> CaseResult {
    let fence = fence("deploy", vec![all_of(FLOW)], stage.after(60))?;
    stage.hub.raise_fence(fence.clone()).await?;
    is_fenced(stage, request(started("order", stage.execution())), &fence).await?;
    same("instance", stage.hub.get(&id("order")).await?, None)?;
    let mut other = started("other", stage.execution());
    other.name = name("other");
    let outcome = start(stage, request(other)).await?;
    ensure!(
        matches!(outcome, StartOutcome::Started(_)),
        "another orchestrator was held back"
    );
    let one = FencedCode {
        name: name(FLOW),
        version: Some(Version::ONE),
    };
    let fence = self::fence("deploy", vec![one], stage.after(60))?;
    stage.hub.raise_fence(fence.clone()).await?;
    is_fenced(stage, request(started("order", stage.execution())), &fence).await?;
    let mut two = started("order", stage.execution());
    two.version = version("2");
    let outcome = start(stage, request(two)).await?;
    ensure!(
        matches!(outcome, StartOutcome::Started(_)),
        "another version was held back"
    );
    same("fences", stage.hub.fences().await?, [fence])
}

/// A fence MUST fall when it is taken down, and by itself at its time.
/// Otherwise a gate that dies stops everything for ever.
pub(super) async fn a_fence_falls(stage: &mut Stage) -> CaseResult {
    let first = fence("first", Vec::new(), stage.after(60))?;
    let second = fence("second", Vec::new(), stage.after(30))?;
    stage.hub.raise_fence(first.clone()).await?;
    stage.hub.raise_fence(second.clone()).await?;
    same(
        "fences",
        stage.hub.fences().await?,
        [first.clone(), second.clone()],
    )?;
    same("lowered", stage.hub.lower_fence(&first.id).await?, true)?;
    is_fenced(stage, request(started("order", stage.execution())), &second).await?;
    stage.advance(30).await;
    same("fences", stage.hub.fences().await?, [])?;
    same(
        "lowered after its time",
        stage.hub.lower_fence(&second.id).await?,
        false,
    )?;
    stage.start("order").await.map(drop)
}

/// A start that was stored before the fence MUST be recognised, and an existing instance be used as it is.
/// Otherwise a client that lost its answer is told that nothing runs.
pub(super) async fn what_was_there_before_the_fence_is_recognised(stage: &mut Stage) -> CaseResult {
    let first = started("order", stage.execution());
    start(stage, request(first.clone())).await?;
    let up = fence("deploy", Vec::new(), stage.after(60))?;
    stage.hub.raise_fence(up.clone()).await?;
    let again = start(stage, request(first.clone())).await?;
    same(
        "the same request",
        again,
        StartOutcome::Started(first.execution.clone()),
    )?;
    let reuse = |reuse| StartRequest {
        reuse,
        ..request(started("order", stage.execution()))
    };
    let used = start(stage, reuse(IdReuse::UseExisting)).await?;
    same(
        "an instance that is used",
        used,
        StartOutcome::Existing(first.execution.clone()),
    )?;
    is_fenced(stage, reuse(IdReuse::TerminateExisting), &up).await?;
    let record = stage.record("order").await?;
    same("execution", &record.execution, &first.execution)?;
    same("status", record.status, InstanceStatus::Pending)
}

/// What runs MUST go on behind a fence: its sub-orchestrations, its next executions and its events.
/// Otherwise the fence keeps alive what the deployment waits for.
pub(super) async fn what_runs_goes_on_behind_a_fence(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = stage.begin(&worker, "parent").await?;
    stage
        .hub
        .raise_fence(fence("deploy", Vec::new(), stage.after(60))?)
        .await?;
    let start = child(&parent, 1, "child", stage.execution());
    worker.run(Turn::of(&parent).start_child(start)).await?;
    let work = worker.turn_of("child").await?;
    worker.run(Turn::of(&work).completed()).await?;
    stage.signal("parent", event("item", "1")).await?;
    let work = worker.turn_of("parent").await?;
    let next = next_execution(&work, stage.execution());
    worker.run(Turn::of(&work).continue_as_new(next)).await?;
    let work = worker.turn_of("parent").await?;
    worker.run(Turn::of(&work).completed()).await
}

/// A rewind that a fence covers MUST be refused without effect.
/// Otherwise an instance begins again on code that is being replaced.
pub(super) async fn a_fenced_rewind_is_refused(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let (count, amendment) = fail(stage, &worker, &held).await?;
    let up = fence("deploy", vec![all_of(FLOW)], stage.after(60))?;
    stage.hub.raise_fence(up.clone()).await?;
    let answer = stage
        .hub
        .amend(&held.instance, &held.execution, count, amendment.clone())
        .await;
    refused("the rewind", answer, HubErrorKind::Conflict)?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Failed,
    )?;
    stage.hub.lower_fence(&up.id).await?;
    stage
        .hub
        .amend(&held.instance, &held.execution, count, amendment)
        .await?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Running,
    )
}

/// With `multi_process`, a fence that one handle puts up MUST hold back what another starts.
/// Otherwise the deployment's gate binds nobody but itself.
pub(super) async fn a_fence_holds_for_every_process(stage: &mut Stage) -> CaseResult {
    let Some(opening) = stage.second() else {
        return Ok(());
    };
    let second = opening.await?;
    let up = fence("deploy", Vec::new(), stage.after(60))?;
    // The other has looked before, and must look again.
    second
        .start(request(started("before", stage.execution())))
        .await?;
    stage.hub.raise_fence(up.clone()).await?;
    let outcome = second.start(request(started("order", stage.execution()))).await?;
    same("the start", outcome, StartOutcome::Fenced(Box::new(up.clone())))?;
    same("fences", second.fences().await?, [up.clone()])?;
    same("lowered", second.lower_fence(&up.id).await?, true)?;
    stage.start("order").await.map(drop)
}
