//! The ways that read nothing: that they are taken, that they show what reading shows, and what happens in their middle.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::sync::Arc;
use std::task::Poll;

use durable_core::history::{ChildPolicy, EventKind};
use durable_core::hub::*;
use durable_core::*;
use durable_sqlite::SqliteHub;
use support::*;

/// A fetch that waits when this returns: its request is with the writer before any later one.
async fn waiting_fetch(worker: &Arc<dyn WorkerHub>) -> tokio::task::JoinHandle<Vec<TurnWork>> {
    let worker = Arc::clone(worker);
    let fetch = tokio::spawn(async move { worker.fetch_turns(8).await.unwrap() });
    // On the one thread of a test, the fetch has made its request when this comes back.
    tokio::task::yield_now().await;
    fetch
}

/// Starts an instance for a worker that waits, and returns its first turn.
async fn taken(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>, instance: &str) -> TurnWork {
    let fetch = waiting_fetch(worker).await;
    hub.start(request(instance)).await.unwrap();
    let mut works = fetch.await.unwrap();
    assert_eq!(works.len(), 1);
    works.pop().unwrap()
}

/// A turn that schedules one activity, for the worker that commits it.
fn scheduling(work: &TurnWork) -> TurnCommit {
    let mut first = turn(work);
    first.outgoing = vec![Outgoing::Activity(order(0))];
    first.eager = slots(1);
    first
}

/// The end of an activity with the turn that it causes.
fn completing(work: &TurnWork, activity: &ActivityWork, events: u64) -> Commit {
    let mut last = ending(work, "\"done\"");
    last.base_event_count = events;
    last.consumed = Vec::new();
    last.events.remove(1);
    Commit {
        completions: vec![ActivityCompletion {
            session: activity.session.clone(),
            result: Ok(json("1")),
            applied: true,
        }],
        turn: Some(last),
    }
}

#[tokio::test]
async fn a_short_instance_is_never_read() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let before = hub.stats();
    let work = taken(&hub, &worker, "one").await;
    assert_eq!((work.event_count, work.messages.len()), (0, 1));
    let wait = tokio::spawn({
        let hub = hub.clone();
        async move { hub.wait_ended(&id("one"), None).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let activities = commit(&worker, scheduling(&work)).await.unwrap().activities;
    let last = completing(&work, &activities[0], 2);
    worker.commit(vec![last]).await.pop().unwrap().unwrap();
    let record = wait.await.unwrap();
    let after = hub.stats();
    assert_eq!(after.starts_taken - before.starts_taken, 1);
    assert_eq!(after.turns_unread - before.turns_unread, 2);
    assert_eq!(after.ends_unread - before.ends_unread, 1);
    // What was at hand is what is stored.
    assert_eq!(hub.get(&id("one")).await.unwrap().unwrap(), record);
    assert_eq!(record.output, Some(json("\"done\"")));
    // Nothing is left of it but its row and its history.
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    for table in ["inbox", "activity", "timer", "started", "outcome"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn what_an_instance_has_beside_its_turns_goes_with_it_and_is_shown() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let work = taken(&hub, &worker, "one").await;
    let mut first = scheduling(&work);
    let fire_at = clock.now().saturating_add(std::time::Duration::from_mins(1));
    first.outgoing.push(Outgoing::Timer {
        task: TaskId(1),
        fire_at,
    });
    first.custom_status = CustomStatus::Set(json("\"half\""));
    commit(&worker, first).await.unwrap();
    hub.signal(&id("one"), event_signal("unread")).await.unwrap();
    let wait = tokio::spawn({
        let hub = hub.clone();
        async move { hub.wait_ended(&id("one"), None).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let mut last = ending(&work, "1");
    last.base_event_count = 2;
    last.consumed = Vec::new();
    commit(&worker, last).await.unwrap();
    let record = wait.await.unwrap();
    assert_eq!(record.custom_status, Some(json("\"half\"")));
    assert_eq!(hub.get(&id("one")).await.unwrap().unwrap(), record);
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    for table in ["inbox", "activity", "timer"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn what_a_turn_sends_to_the_child_that_it_starts_goes_with_the_child() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let parent = taken(&hub, &worker, "parent").await;
    let mut first = turn(&parent);
    first.outgoing = vec![
        Outgoing::StartChild(Box::new(ChildStart {
            started: started("child"),
            policy: ChildPolicy::Abandon,
            trace: None,
        })),
        Outgoing::Raise {
            to: id("child"),
            name: EventName::new("unread").unwrap(),
            input: json("1"),
        },
    ];
    // The child is taken with the turn that starts it.
    let fetch = waiting_fetch(&worker).await;
    let before = hub.stats().starts_taken;
    commit(&worker, first).await.unwrap();
    let child = fetch.await.unwrap().pop().unwrap();
    assert_eq!(hub.stats().starts_taken - before, 1);
    assert_eq!((child.instance.clone(), child.messages.len()), (id("child"), 2));
    let mut last = ending(&child, "1");
    last.consumed.truncate(1);
    last.events.remove(2);
    commit(&worker, last).await.unwrap();
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let left: i64 = conn
        .query_row("SELECT count(*) FROM inbox", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0, "the event that it has not read");
}

#[tokio::test]
async fn a_start_that_was_taken_and_not_delivered_comes_with_the_next_fetch() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let mut fetch = worker.fetch_turns(8);
    let polled = std::future::poll_fn(|cx| Poll::Ready(fetch.as_mut().poll(cx).is_pending())).await;
    assert!(polled);
    let before = hub.stats().starts_taken;
    hub.start(request("one")).await.unwrap();
    assert_eq!(hub.stats().starts_taken - before, 1);
    // The delivery has been made, or is about to be: dropped with the fetch, it goes back.
    drop(fetch);
    let work = fetch_one(&worker).await;
    assert_eq!((work.instance.as_str(), work.messages.len()), ("one", 1));
    let first = &work.messages[0].event.kind;
    assert!(matches!(first, EventKind::ExecutionStarted(_)));
    commit(&worker, ending(&work, "1")).await.unwrap();
}

#[tokio::test]
async fn a_start_that_was_taken_by_a_worker_that_died_is_handed_out_again() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let work = taken(&hub, &worker, "one").await;
    let running = taken(&hub, &worker, "two").await;
    commit(&worker, scheduling(&running)).await.unwrap();
    drop((worker, hub));
    // Another process, in which nothing is known: everything is in the file.
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let again = fetch_one(&worker).await;
    assert_eq!(
        (&again.instance, &again.messages),
        (&work.instance, &work.messages)
    );
    let batch = worker.fetch_activities(slots(1)).await.unwrap();
    assert_eq!((batch.run.len(), batch.run[0].deliveries), (1, 1));
    commit(&worker, ending(&again, "1")).await.unwrap();
}

#[tokio::test]
async fn what_is_known_is_forgotten_when_another_process_writes() {
    let (place, clock) = (Place::new(), TestClock::new());
    let (hub, other) = (open(&place, &clock), open(&place, &clock));
    let worker = hub.join(offer("a")).await.unwrap();
    let work = taken(&hub, &worker, "one").await;
    let wait = tokio::spawn({
        let hub = hub.clone();
        async move { hub.wait_ended(&id("one"), None).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let stop = Signal::Terminate {
        reason: "enough".to_owned(),
        recursive: false,
    };
    other.signal(&id("one"), stop).await.unwrap();
    let error = commit(&worker, turn(&work)).await.unwrap_err();
    assert!(matches!(error, CommitError::Stale { .. }), "{error}");
    assert_eq!(wait.await.unwrap().status, InstanceStatus::Terminated);
    // A wait that begins now does not take it for alive either.
    let record = hub.wait_ended(&id("one"), None).await.unwrap();
    assert_eq!(record.status, InstanceStatus::Terminated);
}

#[tokio::test]
async fn numbers_grow_over_processes_that_write_in_turns() {
    let (place, clock) = (Place::new(), TestClock::new());
    let (one, two) = (open(&place, &clock), open(&place, &clock));
    for at in 0..6 {
        let hub = if at % 2 == 0 { &one } else { &two };
        hub.start(request(&format!("at-{at}"))).await.unwrap();
    }
    one.signal(&id("at-0"), event_signal("first")).await.unwrap();
    two.signal(&id("at-0"), event_signal("second")).await.unwrap();
    one.signal(&id("at-0"), event_signal("third")).await.unwrap();
    let listed = one.query(InstanceQuery::default()).await.unwrap().items;
    let ids: Vec<&str> = listed.iter().map(|record| record.instance.as_str()).collect();
    assert_eq!(ids, ["at-0", "at-1", "at-2", "at-3", "at-4", "at-5"]);
    let worker = two.join(offer("a")).await.unwrap();
    let work = fetch_one(&worker).await;
    let events: Vec<&str> = work.messages[1..]
        .iter()
        .map(|message| match &message.event.kind {
            EventKind::EventRaised { name, .. } => name.as_str(),
            _ => "another",
        })
        .collect();
    assert_eq!(events, ["first", "second", "third"]);
}

#[tokio::test]
async fn numbers_are_reserved_in_blocks_and_what_a_crash_leaves_of_one_is_not_given_out() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    hub.start(request("first")).await.unwrap();
    let reserved = || -> i64 {
        let conn = rusqlite::Connection::open(place.file()).unwrap();
        conn.query_row("SELECT value FROM sequence", [], |row| row.get(0))
            .unwrap()
    };
    let before = reserved();
    for at in 0..100 {
        hub.start(request(&format!("at-{at}"))).await.unwrap();
    }
    assert_eq!(
        reserved(),
        before,
        "a hundred starts wrote no number of their own"
    );
    drop(hub);
    // Another process does not know how many of the block were given out.
    let hub = open(&place, &clock);
    hub.start(request("later")).await.unwrap();
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let number: i64 = conn
        .query_row("SELECT max(id) FROM instance", [], |row| row.get(0))
        .unwrap();
    assert!(number > before && reserved() > before, "{number} after {before}");
}

#[tokio::test]
async fn a_first_event_of_any_size_comes_back() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    for size in [0, 300, 600, 70_000] {
        let name = format!("size-{size}");
        let mut start = request(&name);
        start.started.input = json(&format!("\"{}\"", "x".repeat(size)));
        let fetch = waiting_fetch(&worker).await;
        hub.start(start.clone()).await.unwrap();
        let work = fetch.await.unwrap().pop().unwrap();
        commit(&worker, turn(&work)).await.unwrap();
        let history = worker.load_history(&work.session).await.unwrap();
        let EventKind::ExecutionStarted(first) = &history.events[1].kind else {
            unreachable!("the turn appended its message")
        };
        assert_eq!(**first, start.started);
        let mut last = ending(&work, "1");
        last.base_event_count = 2;
        last.consumed = Vec::new();
        commit(&worker, last).await.unwrap();
        let record = hub.get(&id(&name)).await.unwrap().unwrap();
        assert_eq!(record.input, start.started.input);
    }
}

/// Starts an instance for a worker that waits, and commits its first turn as soon as it can be made.
async fn started_and_turned(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>, instance: &str) -> TurnWork {
    let fetch = waiting_fetch(worker).await;
    let turned = async {
        let work = fetch.await.unwrap().pop().unwrap();
        commit(worker, turn(&work)).await.unwrap();
        work
    };
    let (started, work) = tokio::join!(hub.start(request(instance)), turned);
    started.unwrap();
    work
}

/// Starts instances until the first turn of one is stored with its start, and returns that one's number and work.
///
/// The writer waits no longer than a write to the disk takes, so a busy machine may need some.
async fn joined(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>) -> (usize, TurnWork) {
    for at in 0..2_000 {
        let before = hub.stats().first_turns_joined;
        let work = started_and_turned(hub, worker, &format!("try-{at}")).await;
        if hub.stats().first_turns_joined > before {
            return (at, work);
        }
    }
    unreachable!("no first turn was ever stored with its start")
}

#[tokio::test]
async fn a_first_turn_is_stored_with_its_start() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let (at, work) = joined(&hub, &worker).await;
    let before = hub.stats();
    let last = started_and_turned(&hub, &worker, "another").await;
    let after = hub.stats();
    let joined = after.first_turns_joined - before.first_turns_joined;
    assert_eq!(
        after.commits - before.commits,
        2 - joined,
        "one for both, or one for each"
    );
    // Both are stored, and go on as any other does.
    drop((worker, hub));
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    for work in [work, last] {
        let record = hub.get(&work.instance).await.unwrap().unwrap();
        assert_eq!(record.status, InstanceStatus::Running, "after {at} tries");
    }
    let left = hub.query(InstanceQuery::default()).await.unwrap().items;
    assert_eq!(left.len(), at + 2);
    drop(worker);
}

#[tokio::test]
async fn a_start_whose_first_turn_does_not_come_is_stored_without_it() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    // Acknowledged, though the turn is never made.
    let work = taken(&hub, &worker, "one").await;
    assert_eq!(hub.stats().first_turns_joined, 0);
    let record = hub.get(&id("one")).await.unwrap().unwrap();
    assert_eq!(record.status, InstanceStatus::Pending);
    commit(&worker, ending(&work, "1")).await.unwrap();
}

#[tokio::test]
async fn a_fetch_that_is_gone_when_a_start_is_handed_out_loses_nothing() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    for at in 0..50 {
        let instance = format!("at-{at}");
        let fetch = waiting_fetch(&worker).await;
        let start = hub.start(request(&instance));
        // Dropped somewhere between the request and the answer.
        let ((), started) = tokio::join!(async { fetch.abort() }, start);
        started.unwrap();
        let work = fetch_one(&worker).await;
        assert_eq!(
            (work.instance.as_str(), work.messages.len()),
            (instance.as_str(), 1)
        );
        commit(&worker, ending(&work, "1")).await.unwrap();
    }
}

#[tokio::test]
async fn an_instance_that_replaces_another_waits_for_the_answer_of_the_turn_of_that() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let old = taken(&hub, &worker, "one").await;
    let fetch = waiting_fetch(&worker).await;
    let mut replacing = request("one");
    replacing.started.execution = ExecutionId::new("another").unwrap();
    replacing.reuse = IdReuse::TerminateExisting;
    hub.start(replacing).await.unwrap();
    let new = fetch.await.unwrap().pop().unwrap();
    assert_ne!(new.execution, old.execution);
    let before = hub.stats();
    assert_eq!(
        before.starts_taken, 1,
        "the one that replaces is handed out from the file"
    );
    let error = commit(&worker, turn(&old)).await.unwrap_err();
    assert!(matches!(error, CommitError::Stale { .. }), "{error}");
    commit(&worker, ending(&new, "1")).await.unwrap();
}

#[tokio::test]
async fn a_short_instance_writes_few_rows() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    taken(&hub, &worker, "before").await;
    let before = hub.stats().rows;
    let work = taken(&hub, &worker, "one").await;
    // The instance, and its tag.
    assert_eq!(hub.stats().rows - before, 2);
    let before = hub.stats().rows;
    let activities = commit(&worker, scheduling(&work)).await.unwrap().activities;
    // The instance, its history, and the activity that is handed out.
    assert_eq!(hub.stats().rows - before, 3);
    let before = hub.stats().rows;
    let last = completing(&work, &activities[0], 2);
    worker.commit(vec![last]).await.pop().unwrap().unwrap();
    assert_eq!(hub.stats().rows - before, 3);
}
