//! Versions: who gets what, and what is visible of it.

use durable_core::hub::{InstanceStatus, VersionCount, WorkerOffer};

use super::build::{
    FLOW, Turn, code, event, failure, name, offer, offer_of, request, started, terminate, version,
};
use super::setup::{CaseError, CaseResult, ensure, same};
use super::stage::Stage;

/// Starts an instance of a version.
async fn start_version(stage: &Stage, instance: &str, text: &str) -> CaseResult {
    let mut first = started(instance, stage.execution());
    first.version = version(text);
    stage.hub.start(request(first)).await?;
    Ok(())
}

/// With `filter_at_fetch` a worker MUST NOT be handed a version that it does not offer. Without, it may be, and what it
/// releases goes to others. Otherwise an unsuitable worker locks and delays what it cannot run.
pub(super) async fn a_worker_gets_the_versions_it_offers(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    start_version(stage, "order", "2").await?;
    if stage.hub.capabilities().filter_at_fetch {
        stage.nothing_for(&one).await?;
        same("owner", stage.record("order").await?.owner, None)?;
    }
    let work = two.turn_of("order").await?;
    same("version", &work.version, &version("2"))?;
    two.run(Turn::of(&work)).await
}

/// `2` and `2.0` MUST be one version.
/// Otherwise an instance that was started as `2.0` has no worker.
pub(super) async fn missing_parts_of_a_version_are_zero(stage: &mut Stage) -> CaseResult {
    let two = stage.join(offer_of("two", "2")).await?;
    start_version(stage, "order", "2.0").await?;
    two.turn_of("order").await?;
    Ok(())
}

/// An instance without a version MUST go to any worker that offers the name.
/// Otherwise foreign starts are never run.
pub(super) async fn a_blank_version_needs_the_name_only(stage: &mut Stage) -> CaseResult {
    let two = stage.join(offer_of("two", "2")).await?;
    let mut other = started("other", stage.execution());
    (other.version, other.name) = (version(""), name("other"));
    stage.hub.start(request(other)).await?;
    stage.nothing_for(&two).await?;
    start_version(stage, "order", "").await?;
    same("version", two.turn_of("order").await?.version, version(""))
}

/// Only a worker that takes mismatched versions MUST get a version that it does not offer, and only of a name it offers.
/// Otherwise instances fail that another worker could run.
pub(super) async fn mismatched_versions_go_to_who_takes_them(stage: &mut Stage) -> CaseResult {
    let strict = stage.worker("strict").await?;
    start_version(stage, "order", "7").await?;
    start_version(stage, "foreign", "vNext").await?;
    let mut other = started("other", stage.execution());
    other.name = name("other");
    stage.hub.start(request(other)).await?;
    stage.nothing_for(&strict).await?;
    let taker = stage
        .join(WorkerOffer {
            takes_mismatched: true,
            ..offer("taker")
        })
        .await?;
    let work = taker.turns(2).await?;
    let found: Vec<_> = work
        .iter()
        .map(|it| (it.instance.as_str(), it.version.clone()))
        .collect();
    same(
        "turns",
        found,
        [("foreign", version("vNext")), ("order", version("7"))],
    )?;
    stage.nothing_for(&taker).await
}

/// An instance that no live worker can run MUST be shown as stalled, since its work became ready, and go on by itself
/// when a suitable worker joins. Otherwise a forgotten version is noticed by customers.
pub(super) async fn stalled_instances_are_shown_and_recover(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let since = stage.now();
    start_version(stage, "order", "2").await?;
    stage.advance(5).await;
    same(
        "stalled_since",
        stage.record("order").await?.stalled_since,
        Some(since),
    )?;
    start_version(stage, "fine", "1").await?;
    same("stalled_since", stage.record("fine").await?.stalled_since, None)?;
    one.turn_of("fine").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    same("stalled_since", stage.record("order").await?.stalled_since, None)?;
    let work = two.turn_of("order").await?;
    two.run(Turn::of(&work).release()).await?;
    two.hub.leave().await?;
    // It waits for an event, not for a worker.
    same("stalled_since", stage.record("order").await?.stalled_since, None)?;
    stage.advance(5).await;
    let since = stage.now();
    stage.signal("order", event("item", "1")).await?;
    same(
        "stalled_since",
        stage.record("order").await?.stalled_since,
        Some(since),
    )
}

/// An instance MUST be shown as stalled when the lease of the last suitable worker has run out, and not when its start is
/// not due yet. Otherwise alarms come too late, or for nothing.
pub(super) async fn only_live_workers_count(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    start_version(stage, "order", "2").await?;
    let mut later = started("later", stage.execution());
    (later.version, later.scheduled_start) = (version("2"), Some(stage.after(1_000_000)));
    stage.hub.start(request(later)).await?;
    same("stalled_since", stage.record("order").await?.stalled_since, None)?;
    stage.outlive(&two).await;
    ensure!(
        stage.record("order").await?.stalled_since.is_some(),
        "it is not shown as stalled"
    );
    same("of one not due", stage.record("later").await?.stalled_since, None)?;
    let workers: Vec<_> = stage
        .hub
        .workers()
        .await?
        .into_iter()
        .map(|record| record.worker)
        .collect();
    same("workers", workers, [one.id])
}

/// The workers MUST be listed with what they offer, and a lease that has not run out.
/// Otherwise nobody can see who would run a version.
pub(super) async fn workers_are_listed_with_their_offer(stage: &mut Stage) -> CaseResult {
    let one = stage.worker("one").await?;
    let two = stage.join(offer_of("two", "2")).await?;
    let mut records = stage.hub.workers().await?;
    records.sort_by(|a, b| a.worker.cmp(&b.worker));
    let ids: Vec<_> = records.iter().map(|record| record.worker.clone()).collect();
    same("workers", ids, [one.id, two.id])?;
    let mut wanted = offer_of("two", "2");
    records[1].orchestrators.sort();
    records[1].activities.sort();
    wanted.orchestrators.sort();
    wanted.activities.sort();
    same("orchestrators", &records[1].orchestrators, &wanted.orchestrators)?;
    same("activities", &records[1].activities, &wanted.activities)?;
    same("build", records[1].build, wanted.build)?;
    ensure!(records[1].expires_at > stage.now(), "the lease has run out");
    Ok(())
}

async fn count_of(stage: &Stage, text: &str) -> CaseResult<VersionCount> {
    let counts = stage.hub.version_counts().await?;
    let found = counts
        .into_iter()
        .find(|it| it.name == name(FLOW) && it.version == version(text));
    found.ok_or_else(|| CaseError::new(format!("version {text} is not counted")))
}

/// Each instance MUST be counted in exactly one column of its version, with the times of the oldest and the latest, and
/// the counts of what lives be the same without what has ended for good.
/// Otherwise a version is deleted that still has work, or never.
pub(super) async fn instances_are_counted_by_version_and_state(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "i1").await?;
    stage.advance(1).await;
    let oldest = stage.now();
    let failed = stage.begin(&worker, "i2").await?;
    let status = durable_core::history::CompletionStatus::Failed(failure("no"));
    stage.begin(&worker, "i3").await?;
    let suspended = stage.begin(&worker, "i4").await?;
    worker.run(Turn::of(&suspended).suspended()).await?;
    stage.advance(1).await;
    stage.begin(&worker, "i5").await?;
    stage.signal("i5", event("item", "1")).await?;
    let blocked = worker.turn_of("i5").await?;
    worker.run(Turn::of(&blocked).blocked(1, stage.now())).await?;
    stage.begin(&worker, "i6").await?;
    stage.signal("i6", event("item", "1")).await?;
    worker.run(Turn::of(&failed).ended(status)).await?;
    stage.advance(1).await;
    stage.start("i7").await?;
    let found = count_of(stage, "1").await?;
    let wanted = VersionCount {
        name: name(FLOW),
        version: version("1"),
        pending: 1,
        running: 1,
        waiting: 1,
        suspended: 1,
        blocked: 1,
        failed: 1,
        ended: 1,
        oldest: Some(oldest),
        last_started: Some(stage.now()),
        offered: true,
    };
    same("the counts", &found, &wanted)?;
    same("not ended", found.live(), 5)?;
    // A version of which nothing is left that may need its code.
    start_version(stage, "i8", "2").await?;
    stage.signal("i8", terminate(false)).await?;
    let live = stage.hub.live_counts().await?;
    let wanted = VersionCount {
        ended: 0,
        last_started: None,
        ..wanted
    };
    same(
        "the counts of what has not ended or has failed",
        live,
        vec![wanted],
    )
}

/// Versions MUST be counted apart, in order, and show whether a live worker offers them.
/// Otherwise "drained" and "abandoned" look the same.
pub(super) async fn versions_are_counted_apart(stage: &mut Stage) -> CaseResult {
    start_version(stage, "o10", "1.10").await?;
    start_version(stage, "o9", "1.9").await?;
    start_version(stage, "o2", "1.9").await?;
    let codes = vec![code(FLOW, "1.9")];
    let worker = stage
        .join(WorkerOffer {
            orchestrators: codes,
            ..offer("a")
        })
        .await?;
    let counts = stage.hub.version_counts().await?;
    let found: Vec<_> = counts
        .iter()
        .map(|it| (it.version.clone(), it.pending, it.offered))
        .collect();
    same(
        "counts",
        found,
        [(version("1.9"), 2, true), (version("1.10"), 1, false)],
    )?;
    worker.hub.leave().await?;
    same("offered", count_of(stage, "1.9").await?.offered, false)?;
    same(
        "status",
        stage.record("o9").await?.status,
        InstanceStatus::Pending,
    )
}
