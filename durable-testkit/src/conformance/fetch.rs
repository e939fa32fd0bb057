//! Fetching turns, and giving them up.

use durable_core::hub::HubErrorKind;

use super::build::{FLOW, Turn, event, messages};
use super::setup::{CaseResult, ensure, refused, same};
use super::stage::{Stage, after_turn, poll_once};

/// A fetch MUST wait until there is work, and be ended by a notification, not by time.
/// Otherwise every step of every process takes a polling interval.
pub(super) async fn a_fetch_is_ended_by_a_start(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut fetch = worker.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "a fetch on an empty hub did not wait"
    );
    stage.start("order").await?;
    let work = fetch.await?;
    same("turns", work.len(), 1)?;
    same("name", work[0].name.as_str(), FLOW)?;
    same("event_count", work[0].event_count, 0)
}

/// A fetch by the owner MUST be ended by a new message for what it owns.
/// Otherwise an event for a resident instance waits until something else happens.
pub(super) async fn a_fetch_is_ended_by_a_message(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "order").await?;
    let mut fetch = worker.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "there was nothing to fetch"
    );
    stage.signal("order", event("item", "1")).await?;
    let work = fetch.await?;
    same(
        "messages",
        work.iter().map(messages).collect::<Vec<_>>(),
        [["item"]],
    )?;
    same("event_count", work[0].event_count, 1)
}

/// Messages MUST be delivered in the order in which they were accepted, before the first turn as later.
/// Otherwise "the first event wins" depends on chance.
pub(super) async fn messages_come_oldest_first(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    for name in ["e1", "e2", "e3"] {
        stage.signal("order", event(name, "0")).await?;
    }
    let work = worker.turn_of("order").await?;
    same(
        "messages",
        messages(&work),
        ["ExecutionStarted", "e1", "e2", "e3"],
    )?;
    worker.run(Turn::of(&work)).await?;
    for name in ["e4", "e5"] {
        stage.signal("order", event(name, "0")).await?;
    }
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["e4", "e5"])
}

/// A message MUST be handed out once per ownership, and work of one ownership MUST have equal sessions.
/// Otherwise a live execution sees it twice, or loses what was handed out before.
pub(super) async fn a_message_is_handed_out_once(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    let first = worker.turn_of("order").await?;
    stage.nothing_for(&worker).await?;
    stage.signal("order", event("item", "1")).await?;
    let second = worker.turn_of("order").await?;
    same("messages", messages(&second), ["item"])?;
    same("equal sessions", first.session == second.session, true)?;
    worker.run(Turn::of(&first)).await?;
    worker.run(Turn::of(&second).base(1)).await?;
    stage.nothing_for(&worker).await
}

/// An instance with a live owner MUST be handed to that owner only.
/// Otherwise two workers run one execution, and every second commit is lost.
pub(super) async fn an_owned_instance_stays_with_its_owner(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    stage.begin(&a, "order").await?;
    same("owner", stage.record("order").await?.owner, Some(a.id.clone()))?;
    stage.signal("order", event("item", "1")).await?;
    stage.nothing_for(&b).await?;
    let work = a.turn_of("order").await?;
    same("messages", messages(&work), ["item"])
}

/// A fetch that was dropped MUST lose nothing, whether it had found work or not.
/// Otherwise a worker that selects between fetches loses instances until its own lease runs out.
pub(super) async fn a_dropped_fetch_loses_nothing(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut fetch = worker.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut fetch).await.is_none(),
        "there was nothing to fetch"
    );
    stage.start("order").await?;
    drop(fetch);
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionStarted"])?;
    stage.start("other").await?;
    // Never polled, so it cannot have had an effect.
    drop(worker.hub.fetch_turns(10));
    worker.turn_of("other").await?;
    Ok(())
}

/// A fetch MUST return at most as many as it was asked for, and the rest later.
/// Otherwise a worker gets more than it has room for, or starves the rest.
pub(super) async fn a_fetch_returns_at_most_its_limit(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    for instance in ["o1", "o2", "o3"] {
        stage.start(instance).await?;
    }
    let mut fetched = worker.hub.fetch_turns(2).await?;
    same("turns", fetched.len(), 2)?;
    fetched.extend(worker.hub.fetch_turns(2).await?);
    let mut ids: Vec<&str> = fetched.iter().map(|work| work.instance.as_str()).collect();
    ids.sort_unstable();
    same("instances", ids, ["o1", "o2", "o3"])
}

/// Two workers MUST get disjoint instances, and together all of them.
/// Otherwise a process runs twice, or not at all.
pub(super) async fn two_workers_share_the_work(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    for instance in ["o1", "o2", "o3", "o4"] {
        stage.start(instance).await?;
    }
    let mut fetched = a.hub.fetch_turns(2).await?;
    same("turns of one worker", fetched.len(), 2)?;
    fetched.extend(b.turns(2).await?);
    let mut ids: Vec<&str> = fetched.iter().map(|work| work.instance.as_str()).collect();
    ids.sort_unstable();
    same("instances", ids, ["o1", "o2", "o3", "o4"])
}

/// What was released MUST be handed out again, to whoever fetches, with every message that is not consumed, in order.
/// Otherwise a worker that makes room loses messages.
pub(super) async fn a_released_instance_is_handed_out_again(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin(&a, "order").await?;
    for name in ["e1", "e2"] {
        stage.signal("order", event(name, "0")).await?;
    }
    a.turn_of("order").await?;
    stage.signal("order", event("e3", "0")).await?;
    a.hub.release(held.session).await?;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["e1", "e2", "e3"])?;
    same("event_count", work.event_count, 1)?;
    same("owner", stage.record("order").await?.owner, Some(b.id))
}

/// A turn that releases MUST give up the ownership with its commit.
/// Otherwise an evicted instance stays with a worker that no longer knows it.
pub(super) async fn a_turn_can_release(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    stage.start("order").await?;
    let work = a.turn_of("order").await?;
    a.run(Turn::of(&work).release()).await?;
    same("owner", stage.record("order").await?.owner, None)?;
    stage.nothing_for(&b).await?;
    stage.signal("order", event("item", "1")).await?;
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["item"])
}

/// A worker that leaves MUST give up all it owns at once, and its fetches MUST end as closed.
/// Otherwise every deployment stands still for the length of a lease.
pub(super) async fn leaving_gives_up_everything(stage: &mut Stage) -> CaseResult {
    let a = stage.worker("a").await?;
    let b = stage.worker("b").await?;
    let held = stage.begin_with_activities(&a, "order", 1).await?;
    a.activity().await?;
    stage.signal("order", event("item", "1")).await?;
    a.turn_of("order").await?;
    let mut turns = a.hub.fetch_turns(10);
    ensure!(
        poll_once(&mut turns).await.is_none(),
        "there was nothing to fetch"
    );
    a.hub.leave().await?;
    refused("the pending fetch", turns.await, HubErrorKind::Closed)?;
    refused("a later fetch", a.hub.fetch_turns(10).await, HubErrorKind::Closed)?;
    ensure!(
        a.try_run(Turn::of(&held)).await.is_err(),
        "a worker that has left could commit"
    );
    let work = b.turn_of("order").await?;
    same("messages", messages(&work), ["item"])?;
    same("deliveries", b.activity().await?.deliveries, 1)?;
    let workers: Vec<_> = stage
        .hub
        .workers()
        .await?
        .into_iter()
        .map(|record| record.worker)
        .collect();
    same("workers", workers, [b.id])
}

/// Loading MUST return exactly the committed events of the current execution, and refuse who is not the owner.
/// Otherwise a replay decides on what never happened.
pub(super) async fn loading_returns_what_was_committed(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.start("order").await?;
    let work = worker.turn_of("order").await?;
    let empty = worker.hub.load_history(&work.session).await?;
    same("events before the first turn", empty.events.len(), 0)?;
    same("execution", &empty.execution, &work.execution)?;
    worker.run(Turn::of(&work)).await?;
    stage.signal("order", event("item", "1")).await?;
    let second = worker.turn_of("order").await?;
    worker.run(Turn::of(&second)).await?;
    let wanted: Vec<_> = (work.messages.iter().chain(&second.messages))
        .map(|it| it.event.clone())
        .collect();
    let loaded = worker.hub.load_history(&work.session).await?;
    same("events", loaded.events, wanted)?;
    let held = after_turn(second, 1);
    worker.hub.release(held.session.clone()).await?;
    ensure!(
        worker.hub.load_history(&held.session).await.is_err(),
        "who is not the owner could load"
    );
    Ok(())
}
