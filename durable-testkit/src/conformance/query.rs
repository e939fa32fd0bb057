//! Asking: records, listings, histories, and waiting for a state.

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::Tags;
use durable_core::hub::{HubErrorKind, InstanceQuery, InstanceStatus, PageToken};

use super::build::{Turn, event, id, json, name, offer_of, request, started, version};
use super::setup::{CaseResult, ensure, refused, same};
use super::stage::{Stage, poll_once};

async fn listed(stage: &Stage, query: InstanceQuery) -> CaseResult<Vec<String>> {
    let page = stage.hub.query(query).await?;
    same("a further page", page.next.is_some(), false)?;
    let mut ids: Vec<String> = page
        .items
        .iter()
        .map(|record| record.instance.to_string())
        .collect();
    ids.sort();
    Ok(ids)
}

/// What does not exist MUST be told apart from what is empty.
/// Otherwise a typing error looks like a process without a history.
pub(super) async fn what_is_missing_is_none(stage: &mut Stage) -> CaseResult {
    let execution = stage.start("order").await?;
    same("a missing instance", stage.hub.get(&id("missing")).await?, None)?;
    same(
        "its history",
        stage.hub.history(&id("missing"), None).await?,
        None,
    )?;
    let other = stage.execution();
    same(
        "another execution",
        stage.hub.history(&id("order"), Some(&other)).await?,
        None,
    )?;
    let empty = stage
        .hub
        .history(&id("order"), Some(&execution))
        .await?
        .map(|it| it.events.len());
    same("a history without events", empty, Some(0))?;
    same("versions", stage.hub.version_counts().await?.len(), 1)?;
    same("workers", stage.hub.workers().await?.len(), 0)
}

/// Starts an ended, a tagged, a foreign and a blocked instance, ten seconds apart.
async fn variety(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "a-ended").await?;
    stage.advance(10).await;
    let mut tagged = started("b-tagged", stage.execution());
    tagged.tags = tags(&[("k", "1"), ("l", "2")]);
    tagged.name = name("other");
    stage.hub.start(request(tagged)).await?;
    let mut second = started("b-second", stage.execution());
    second.version = version("2");
    second.tags = tags(&[("k", "2")]);
    stage.hub.start(request(second)).await?;
    stage.advance(10).await;
    stage.start("c-blocked").await?;
    let work = worker.turn_of("c-blocked").await?;
    worker.run(Turn::of(&work).blocked(1, stage.now())).await
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Makes a query that sets what `change` sets.
fn filter(change: impl FnOnce(&mut InstanceQuery)) -> InstanceQuery {
    let mut query = InstanceQuery::default();
    change(&mut query);
    query
}

/// Every filter MUST keep what matches and drop what does not; all that are set MUST match.
/// Otherwise a purge or a move strikes the wrong instances.
pub(super) async fn every_filter_filters(stage: &mut Stage) -> CaseResult {
    let begin = stage.now();
    variety(stage).await?;
    let at = |seconds| Some(begin.saturating_add(Duration::from_secs(seconds)));
    let cases = [
        (filter(|_| ()), "a-ended b-second b-tagged c-blocked"),
        (
            filter(|q| q.names = vec![name("other"), name("absent")]),
            "b-tagged",
        ),
        (
            filter(|q| q.versions = vec![version("2"), version("3")]),
            "b-second",
        ),
        (
            filter(|q| q.statuses = vec![InstanceStatus::Completed]),
            "a-ended",
        ),
        (filter(|q| q.tags = tags(&[("k", "1")])), "b-tagged"),
        (filter(|q| q.tags = tags(&[("k", "2"), ("l", "2")])), ""),
        (filter(|q| q.created_from = at(10)), "b-second b-tagged c-blocked"),
        (filter(|q| q.created_before = at(10)), "a-ended"),
        (filter(|q| q.ended_from = at(0)), "a-ended"),
        (filter(|q| q.ended_from = at(1)), ""),
        (filter(|q| q.ended_before = at(1)), "a-ended"),
        (filter(|q| q.ended_before = at(0)), ""),
        (
            filter(|q| q.id_prefix = Some("b-".to_owned())),
            "b-second b-tagged",
        ),
        (filter(|q| q.blocked = Some(true)), "c-blocked"),
        (filter(|q| q.blocked = Some(false)), "a-ended b-second b-tagged"),
        (filter(|q| q.stalled = Some(true)), "b-second b-tagged"),
        (filter(|q| q.stalled = Some(false)), "a-ended c-blocked"),
    ];
    for (query, wanted) in cases {
        let what = format!("{query:?}");
        same(&what, listed(stage, query).await?.join(" "), wanted)?;
    }
    let both = filter(|q| (q.stalled, q.names) = (Some(true), vec![name("flow")]));
    same("two filters", listed(stage, both).await?, ["b-second"])
}

/// A prefix MUST be taken literally.
/// Otherwise `100%` lists, or purges, everything that begins with `100`.
pub(super) async fn a_prefix_is_literal(stage: &mut Stage) -> CaseResult {
    for instance in ["a%b", "aXb", "a_b", "A%b", "a*b", "a[b", "a'b", "\u{e9}t\u{e9}"] {
        stage.start(instance).await?;
    }
    for (prefix, wanted) in [
        ("a%", "a%b"),
        ("a_", "a_b"),
        ("a*", "a*b"),
        ("a[", "a[b"),
        ("a'", "a'b"),
        ("\u{e9}", "\u{e9}t\u{e9}"),
    ] {
        let query = InstanceQuery {
            id_prefix: Some(prefix.to_owned()),
            ..InstanceQuery::default()
        };
        same(prefix, listed(stage, query).await?, [wanted])?;
    }
    Ok(())
}

/// Pages MUST list every instance once, by time of start or by id, whatever ends, starts or is purged meanwhile.
/// Otherwise a report misses some and counts others twice.
pub(super) async fn pages_list_everything_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let wanted: Vec<String> = (0..7).map(|number| format!("o{}", 9 - number)).collect();
    for (number, instance) in wanted.iter().enumerate() {
        stage.start(instance).await?;
        if number % 3 == 0 {
            stage.advance(1).await;
        }
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page_size = Some(2);
        let page = stage
            .hub
            .query(InstanceQuery {
                page_size,
                after,
                ..InstanceQuery::default()
            })
            .await?;
        ensure!(page.items.len() <= 2, "a page has {} records", page.items.len());
        found.extend(page.items.iter().map(|record| record.instance.to_string()));
        if found.len() == 2 {
            for work in worker.turns(7).await? {
                worker.run(Turn::of(&work).completed()).await?;
            }
            stage.hub.purge(&id(&found[1]), false).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut wanted = wanted;
    if !stage.hub.capabilities().listed_by_time {
        wanted.sort();
    }
    same("instances", found, wanted)
}

/// The newest MUST come first if they are asked for, by every filter, on a hub that lists by time.
/// Otherwise whoever looks for what happens now reads a listing of a million to its end.
pub(super) async fn the_newest_come_first(stage: &mut Stage) -> CaseResult {
    if !stage.hub.capabilities().listed_by_time {
        return Ok(());
    }
    for number in 0..7_u8 {
        let mut started = started(&format!("o{}", 9 - number), stage.execution());
        started.name = name(if number % 2 == 0 { "flow" } else { "other" });
        started.tags = tags(&[("k", if number < 5 { "1" } else { "2" })]);
        stage.hub.start(request(started)).await?;
        if number % 3 == 0 {
            stage.advance(1).await;
        }
    }
    let second = stage.hub.get(&id("o8")).await?.map(|record| record.created_at);
    let cases = [
        (filter(|_| ()), "9 8 7 6 5 4 3"),
        (filter(|q| q.names = vec![name("flow")]), "9 7 5 3"),
        (filter(|q| q.tags = tags(&[("k", "1")])), "9 8 7 6 5"),
        (
            filter(|q| (q.names, q.tags) = (vec![name("other")], tags(&[("k", "1")]))),
            "8 6",
        ),
        (filter(|q| q.id_prefix = Some("o".to_owned())), "9 8 7 6 5 4 3"),
        (filter(|q| q.created_from = second), "8 7 6 5 4 3"),
        (filter(|q| q.created_before = second), "9"),
        (filter(|q| q.stalled = Some(true)), "9 8 7 6 5 4 3"),
        (filter(|q| q.ended_from = second), ""),
    ];
    for (mut query, wanted) in cases {
        let what = format!("{query:?}");
        query.newest_first = true;
        for page_size in [1, 3, 10] {
            query.page_size = Some(page_size);
            let mut found = Vec::new();
            loop {
                let page = stage.hub.query(query.clone()).await?;
                ensure!(
                    page.items.len() <= page_size,
                    "a page has {} records",
                    page.items.len()
                );
                found.extend(
                    page.items
                        .iter()
                        .map(|record| record.instance.as_str()[1..].to_owned()),
                );
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            found.reverse();
            same(&what, found.join(" "), wanted)?;
        }
    }
    Ok(())
}

/// A page token that is not the hub's own MUST be refused as invalid.
/// Otherwise a listing silently begins anew, for ever.
pub(super) async fn a_foreign_page_token_is_refused(stage: &mut Stage) -> CaseResult {
    stage.start("order").await?;
    for text in ["", "nonsense", "-1.-1.-1"] {
        let after = Some(PageToken(text.to_owned()));
        let answer = stage
            .hub
            .query(InstanceQuery {
                after,
                ..InstanceQuery::default()
            })
            .await;
        refused(text, answer, HubErrorKind::Invalid)?;
    }
    Ok(())
}

/// Waiting for the end MUST return at once if it has ended, be ended by a notification, and refuse what is unknown.
/// Otherwise a client polls, or waits for ever.
pub(super) async fn waiting_for_the_end(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    refused(
        "a missing instance",
        stage.hub.wait_ended(&id("missing"), None).await,
        HubErrorKind::NotFound,
    )?;
    let held = stage.begin(&worker, "order").await?;
    let other = Some(stage.execution());
    refused(
        "another execution",
        stage.hub.wait_ended(&held.instance, other).await,
        HubErrorKind::NotFound,
    )?;
    let mut waiting = stage.hub.wait_ended(&held.instance, Some(held.execution.clone()));
    ensure!(poll_once(&mut waiting).await.is_none(), "it has not ended");
    worker.run(Turn::of(&held).completed()).await?;
    same("output", waiting.await?.output, Some(json("\"done\"")))?;
    let record = stage.hub.wait_ended(&held.instance, None).await?;
    same("status", record.status, InstanceStatus::Completed)
}

/// Waiting for a state MUST end with the change that brings it, and end when the instance is purged.
/// Otherwise who watches a progress bar has to poll.
pub(super) async fn waiting_for_a_state(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let hub = Arc::clone(&stage.hub);
    let wanted = json("\"half\"");
    let predicate =
        Box::new(|it: &durable_core::hub::InstanceRecord| it.custom_status.as_ref() == Some(&wanted));
    let mut waiting = hub.wait_until(&held.instance, predicate);
    ensure!(poll_once(&mut waiting).await.is_none(), "it is not there yet");
    stage.signal("order", event("item", "1")).await?;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work).custom_status("\"half\"")).await?;
    same("event_count", waiting.await?.event_count, 2)?;
    let mut never = hub.wait_until(&held.instance, Box::new(|_| false));
    ensure!(poll_once(&mut never).await.is_none(), "it never holds");
    stage.signal("order", super::build::terminate(false)).await?;
    stage.hub.purge(&held.instance, false).await?;
    refused("after the purge", never.await, HubErrorKind::NotFound)
}

/// A wait MUST end when another instance has taken the id.
/// Otherwise it returns the result of a process that the client did not start, or never.
pub(super) async fn a_wait_does_not_go_over_to_another_instance(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let hub = Arc::clone(&stage.hub);
    let mut waiting = hub.wait_ended(&held.instance, Some(held.execution.clone()));
    ensure!(poll_once(&mut waiting).await.is_none(), "it has not ended");
    let mut replacing = request(started("order", stage.execution()));
    replacing.reuse = durable_core::hub::IdReuse::TerminateExisting;
    stage.hub.start(replacing).await?;
    // Whoever sees the end before the replacement may return the terminated record.
    match waiting.await {
        Ok(record) => {
            same("execution", record.execution, held.execution)?;
            same("status", record.status, InstanceStatus::Terminated)
        }
        Err(error) => same("the refusal", error.kind(), HubErrorKind::NotFound),
    }
}

/// A record MUST name the owner while it is live, and nobody after.
/// Otherwise an operator looks for a log on a machine that is gone.
pub(super) async fn the_owner_is_shown_while_it_lives(stage: &mut Stage) -> CaseResult {
    let worker = stage.join(offer_of("a", "1")).await?;
    stage.begin(&worker, "order").await?;
    same(
        "owner",
        stage.record("order").await?.owner,
        Some(worker.id.clone()),
    )?;
    stage.outlive(&worker).await;
    same("owner", stage.record("order").await?.owner, None)
}

/// Only the current execution of an instance MUST have a history: continuing as new, a rewind and a new instance under the
/// id remove the one before. Otherwise a loop fills the store, or a reader takes one execution's events for another's.
pub(super) async fn only_the_current_execution_has_a_history(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let first = stage.begin(&worker, "order").await?;
    let next = super::build::next_execution(&first, stage.execution());
    worker.run(Turn::of(&first).continue_as_new(next)).await?;
    let second = worker.turn_of("order").await?;
    only_current(stage, &first, &second).await?;
    worker.run(Turn::of(&second)).await?;
    let (count, rewind) =
        super::amend::fail(stage, &worker, &super::stage::after_turn(second.clone(), 1)).await?;
    let (id, execution) = (&second.instance, &second.execution);
    stage.hub.amend(id, execution, count, rewind).await?;
    let third = worker.turn_of("order").await?;
    only_current(stage, &second, &third).await?;
    worker.run(Turn::of(&third).completed()).await?;
    stage.finish(&worker, "order").await?;
    let record = stage.record("order").await?;
    let old = stage.hub.history(id, Some(&third.execution)).await?;
    same("the history before the instance was replaced", old, None)?;
    let now = stage.hub.history(id, Some(&record.execution)).await?;
    same("the present history", now.is_some(), true)
}

async fn only_current(
    stage: &Stage,
    old: &durable_core::hub::TurnWork,
    new: &durable_core::hub::TurnWork,
) -> CaseResult {
    let of = |work: &durable_core::hub::TurnWork| (work.instance.clone(), work.execution.clone());
    let ((id, old), (_, new)) = (of(old), of(new));
    same("the old history", stage.hub.history(&id, Some(&old)).await?, None)?;
    let current = stage.hub.history(&id, None).await?;
    same(
        "the current one",
        &stage.hub.history(&id, Some(&new)).await?,
        &current,
    )?;
    same("whether there is one", current.is_some(), true)
}
