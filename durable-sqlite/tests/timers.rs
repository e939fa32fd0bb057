//! Timers that go straight to the owner of their instance: that they do, that each is taken once, and what happens between
//! their event and the turn that takes it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::EventKind;
use durable_core::hub::*;
use durable_core::*;
use durable_sqlite::SqliteHub;
use support::*;

const NAP: Duration = Duration::from_secs(1);

/// Starts an instance whose first turn sets timers that are due after `naps`.
async fn napping(
    hub: &SqliteHub,
    worker: &Arc<dyn WorkerHub>,
    clock: &TestClock,
    (instance, naps): (&str, &[Duration]),
) -> TurnWork {
    hub.start(request(instance)).await.unwrap();
    let work = fetch_one(worker).await;
    let mut first = turn(&work);
    let timers = (0_u32..).zip(naps).map(|(task, nap)| Outgoing::Timer {
        task: TaskId(task),
        fire_at: clock.now().saturating_add(*nap),
    });
    first.outgoing = timers.collect();
    commit(worker, first).await.unwrap();
    work
}

/// The turn that takes what was fetched, on two events.
fn taking(work: &TurnWork) -> TurnCommit {
    let mut next = turn(work);
    next.base_event_count = 2;
    next
}

/// The tasks of the timers that have fired.
fn fired(work: &TurnWork) -> Vec<u32> {
    let task = |message: &Message| match message.event.kind {
        EventKind::TimerFired { task, .. } => task.0,
        ref other => panic!("no timer: {other:?}"),
    };
    work.messages.iter().map(task).collect()
}

/// How many rows a table of the file has.
fn count(place: &Place, table: &str) -> i64 {
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let sql = format!("SELECT count(*) FROM {table}");
    conn.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Asserts that there is nothing for a worker: the start of another instance is all that it is handed out.
async fn nothing_else(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>, marker: &str) {
    hub.start(request(marker)).await.unwrap();
    let works = worker.fetch_turns(10).await.unwrap();
    let names: Vec<_> = works.iter().map(|work| work.instance.to_string()).collect();
    assert_eq!(names, [marker]);
}

#[tokio::test]
async fn a_timer_of_an_owned_instance_writes_nothing_until_its_turn_takes_it() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    napping(&hub, &worker, &clock, ("one", &[NAP, NAP * 2])).await;
    clock.advance(NAP);
    let work = fetch_one(&worker).await;
    assert_eq!(fired(&work), [0]);
    assert_eq!(hub.stats().timers_direct, 1);
    assert_eq!((count(&place, "timer"), count(&place, "inbox")), (2, 0));
    commit(&worker, taking(&work)).await.unwrap();
    assert_eq!((count(&place, "timer"), count(&place, "inbox")), (1, 0));
    // Nor does it come again, though the next is looked for.
    clock.advance(NAP);
    assert_eq!(fired(&fetch_one(&worker).await), [1]);
    nothing_else(&hub, &worker, "two").await;
    assert_eq!(hub.stats().timers_direct, 2);
}

#[tokio::test]
async fn messages_and_timers_come_in_the_order_in_which_they_happened() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    napping(&hub, &worker, &clock, ("one", &[NAP])).await;
    hub.signal(&id("one"), event_signal("before")).await.unwrap();
    clock.advance(NAP);
    // Stored behind the timer: the writer has looked at what is due by then.
    hub.signal(&id("one"), event_signal("after")).await.unwrap();
    let work = fetch_one(&worker).await;
    let kinds: Vec<_> = work
        .messages
        .iter()
        .map(|message| match &message.event.kind {
            EventKind::EventRaised { name, .. } => name.to_string(),
            EventKind::TimerFired { .. } => "timer".to_owned(),
            other => panic!("not sent: {other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["before", "timer", "after"]);
    commit(&worker, taking(&work)).await.unwrap();
    assert_eq!((count(&place, "timer"), count(&place, "inbox")), (0, 0));
}

#[tokio::test]
async fn a_timer_that_was_handed_out_fires_again_when_its_worker_has_died() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let work = napping(&hub, &worker, &clock, ("one", &[NAP])).await;
    clock.advance(NAP);
    let lost = fetch_one(&worker).await;
    assert_eq!(fired(&lost), [0]);
    // Its process dies before the turn is stored.
    drop((worker, hub));
    let hub = open(&place, &clock);
    let next = hub.join(offer("b")).await.unwrap();
    clock.advance(Duration::from_mins(1));
    let again = fetch_one(&next).await;
    assert_eq!((fired(&again), again.event_count), (vec![0], 2));
    let late = commit(&next, taking(&lost)).await;
    assert!(matches!(late, Err(CommitError::Stale { .. })), "{late:?}");
    commit(&next, taking(&again)).await.unwrap();
    assert_eq!((count(&place, "timer"), count(&place, "inbox")), (0, 0));
    drop(work);
}

#[tokio::test]
async fn a_timer_that_was_handed_out_goes_along_with_its_instance() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let (a, b) = (
        hub.join(offer("a")).await.unwrap(),
        hub.join(offer("b")).await.unwrap(),
    );
    // The one that fetches gets it.
    napping(&hub, &a, &clock, ("one", &[NAP])).await;
    clock.advance(NAP);
    let work = fetch_one(&a).await;
    assert_eq!(hub.stats().timers_direct, 1);
    a.release(work.session.clone()).await.unwrap();
    let again = fetch_one(&b).await;
    assert_eq!((fired(&again), again.event_count), (vec![0], 2));
    // And another that leaves with it.
    b.leave().await.unwrap();
    let once_more = fetch_one(&a).await;
    assert_eq!(fired(&once_more), [0]);
    commit(&a, taking(&once_more)).await.unwrap();
    assert_eq!((count(&place, "timer"), count(&place, "inbox")), (0, 0));
    nothing_else(&hub, &a, "two").await;
}

#[tokio::test]
async fn a_fetch_that_is_gone_when_a_timer_is_handed_out_loses_nothing() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    napping(&hub, &worker, &clock, ("one", &[NAP])).await;
    let fetch = tokio::spawn({
        let worker = Arc::clone(&worker);
        async move { worker.fetch_turns(1).await }
    });
    tokio::task::yield_now().await;
    clock.advance(NAP);
    // The delivery may be on its way or not: both must come back.
    while hub.stats().timers_direct == 0 {
        tokio::task::yield_now().await;
    }
    fetch.abort();
    let work = match fetch.await {
        Ok(works) => works.unwrap().pop().unwrap(),
        Err(_) => fetch_one(&worker).await,
    };
    assert_eq!(fired(&work), [0]);
    commit(&worker, taking(&work)).await.unwrap();
    nothing_else(&hub, &worker, "two").await;
}

#[tokio::test]
async fn a_timer_that_another_process_fires_too_is_taken_once() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    napping(&hub, &worker, &clock, ("one", &[NAP])).await;
    clock.advance(NAP);
    let work = fetch_one(&worker).await;
    assert_eq!(hub.stats().timers_direct, 1);
    // Another process opens the file, finds the timer due, and cannot know that its owner has it.
    let other = open(&place, &clock);
    let idle = other.join(offer_of_nothing("b")).await.unwrap();
    while count(&place, "timer") > 0 {
        other.signal(&id("one"), event_signal("tick")).await.unwrap();
    }
    commit(&worker, taking(&work)).await.unwrap();
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let sql = "SELECT count(*) FROM inbox WHERE run IS NOT NULL";
    let left: i64 = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "the message that the other process made of the timer");
    drop(idle);
    // With another process at the file, timers go by way of the inbox.
    napping(&hub, &worker, &clock, ("two", &[NAP])).await;
    clock.advance(NAP);
    let mut works = Vec::new();
    while !works.iter().any(|work: &TurnWork| work.instance == id("two")) {
        works = worker.fetch_turns(10).await.unwrap();
    }
    assert_eq!(hub.stats().timers_direct, 1);
}

#[tokio::test]
async fn a_timer_that_is_past_due_when_it_is_set_fires_beside_those_that_were_handed_out() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    napping(&hub, &worker, &clock, ("one", &[NAP])).await;
    clock.advance(NAP * 3);
    let one = fetch_one(&worker).await;
    assert_eq!(fired(&one), [0]);
    // Earlier than the one that its owner has, and so behind the place that was looked at.
    hub.start(request("two")).await.unwrap();
    let mut works = worker.fetch_turns(10).await.unwrap();
    assert_eq!(works.len(), 1);
    let work = works.pop().unwrap();
    let mut first = turn(&work);
    first.outgoing = vec![Outgoing::Timer {
        task: TaskId(0),
        fire_at: Timestamp::from_micros(5),
    }];
    commit(&worker, first).await.unwrap();
    let works = worker.fetch_turns(10).await.unwrap();
    assert_eq!(works.len(), 1);
    assert_eq!(
        (works[0].instance.clone(), fired(&works[0])),
        (id("two"), vec![0])
    );
    assert_eq!(hub.stats().timers_direct, 2);
}

/// A worker that runs none of the functions of these tests.
fn offer_of_nothing(worker: &str) -> WorkerOffer {
    WorkerOffer {
        orchestrators: Vec::new(),
        activities: Vec::new(),
        ..offer(worker)
    }
}
