//! Removing ended instances.

use durable_core::history::ChildPolicy;
use durable_core::hub::{HubErrorKind, InstanceQuery, PurgeReport};

use super::build::{Turn, id};
use super::children::family;
use super::setup::{CaseResult, refused, same, stale};
use super::stage::{Stage, after_turn};

/// A purge MUST remove an ended instance with its history and free its id; a second purge finds nothing.
/// Otherwise the hub only grows.
pub(super) async fn an_ended_instance_is_purged(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    worker.run(Turn::of(&held).completed()).await?;
    let report = stage.hub.purge(&id("order"), false).await?;
    let wanted = PurgeReport {
        purged: 1,
        complete: true,
    };
    same("report", report, wanted)?;
    refused(
        "the same again",
        stage.hub.purge(&id("order"), false).await,
        HubErrorKind::NotFound,
    )?;
    same("record", stage.hub.get(&id("order")).await?, None)?;
    same("history", stage.hub.history(&id("order"), None).await?, None)?;
    let again = stage.begin(&worker, "order").await?;
    same("history", stage.history("order").await?, ["ExecutionStarted"])?;
    for base in [0, 1] {
        let old = worker
            .try_run(Turn::of(&after_turn(held.clone(), 0)).base(base).completed())
            .await;
        stale("a turn with the session of the one before", old)?;
    }
    worker.run(Turn::of(&again).completed()).await
}

/// An instance that has not ended MUST NOT be purged.
/// Otherwise housekeeping destroys work.
pub(super) async fn a_running_instance_is_not_purged(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    stage.start("pending").await?;
    for instance in ["order", "pending"] {
        refused(
            instance,
            stage.hub.purge(&id(instance), true).await,
            HubErrorKind::Conflict,
        )?;
    }
    let report = stage.hub.purge_matching(InstanceQuery::default()).await?;
    same(
        "report",
        report,
        PurgeReport {
            purged: 0,
            complete: true,
        },
    )?;
    worker.run(Turn::of(&held).custom_status("1")).await
}

/// A recursive purge MUST remove ended children too, and leave running ones; one that is not recursive MUST leave both.
/// Otherwise children of purged parents stay for ever, or running ones are lost.
pub(super) async fn a_purge_may_take_the_children_along(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let children = [("ended", ChildPolicy::Abandon), ("running", ChildPolicy::Abandon)];
    let parent = family(stage, &worker, &children).await?;
    stage.signal("ended", super::build::terminate(false)).await?;
    let work = worker.turn_of("parent").await?;
    worker.run(Turn::of(&work).completed()).await?;
    same("report", stage.hub.purge(&parent.instance, true).await?.purged, 2)?;
    for (instance, there) in [("parent", false), ("ended", false), ("running", true)] {
        same(instance, stage.hub.get(&id(instance)).await?.is_some(), there)?;
    }
    let mut other = super::build::child(&work, 1, "kept", stage.execution());
    other.policy = ChildPolicy::Abandon;
    let parent = stage.begin(&worker, "parent").await?;
    if let Some(of) = &mut other.started.parent {
        of.execution = parent.execution.clone();
    }
    worker.run(Turn::of(&parent).start_child(other)).await?;
    let kept = worker.turn_of("kept").await?;
    worker.run(Turn::of(&kept).completed()).await?;
    worker.run(Turn::of(&parent).completed()).await?;
    same(
        "report",
        stage.hub.purge(&parent.instance, false).await?.purged,
        1,
    )?;
    same("kept", stage.hub.get(&id("kept")).await?.is_some(), true)
}

/// A purge by filter MUST remove only ended instances that match, at most a page in one call, and say when none is left.
/// Otherwise a large purge blocks everything else, or stops half-way unnoticed.
pub(super) async fn a_purge_by_filter_goes_by_pages(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    for instance in ["x1", "x2", "x3", "y1"] {
        stage.finish(&worker, instance).await?;
    }
    stage.begin(&worker, "x4").await?;
    let query = || InstanceQuery {
        id_prefix: Some("x".to_owned()),
        page_size: Some(2),
        ..InstanceQuery::default()
    };
    let first = stage.hub.purge_matching(query()).await?;
    same(
        "the first",
        first,
        PurgeReport {
            purged: 2,
            complete: false,
        },
    )?;
    let second = stage.hub.purge_matching(query()).await?;
    same(
        "the second",
        second,
        PurgeReport {
            purged: 1,
            complete: true,
        },
    )?;
    let page = stage.hub.query(InstanceQuery::default()).await?;
    let mut left: Vec<_> = page
        .items
        .iter()
        .map(|record| record.instance.to_string())
        .collect();
    left.sort();
    same("left", left, ["x4", "y1"])
}
