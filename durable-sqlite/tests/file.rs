//! The file: what is opened and what is refused, what survives, and what happens when it fails.

#![allow(
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
use durable_sqlite::{SqliteHub, Synchronous};
use support::*;

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused() {
    let place = Place::new();
    drop(SqliteHub::at(place.file()).open().unwrap());
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let error = SqliteHub::at(place.file()).open().unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Invalid);
    let shown = place.file().display().to_string();
    assert_eq!(
        error.to_string(),
        format!(
            "the hub `{shown}` has schema version 99; this program knows versions up to 6: use a newer release of it"
        )
    );
}

#[tokio::test]
async fn a_file_of_another_application_is_refused_and_left_alone() {
    let place = Place::new();
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    conn.execute_batch("CREATE TABLE invoice (id); PRAGMA application_id = 7")
        .unwrap();
    drop(conn);
    let before = std::fs::read(place.file()).unwrap();
    let error = SqliteHub::at(place.file()).open().unwrap_err().to_string();
    assert!(
        error.ends_with("is an SQLite file of another application (application id 0x7)"),
        "{error}"
    );
    assert_eq!(std::fs::read(place.file()).unwrap(), before);
    std::fs::write(
        place.file(),
        "no database, and longer than the header of one would have to be".repeat(20),
    )
    .unwrap();
    let error = SqliteHub::at(place.file()).open().unwrap_err().to_string();
    assert!(error.ends_with("is not an SQLite file"), "{error}");
}

#[tokio::test]
async fn a_missing_file_is_created_for_writing_only() {
    let place = Place::new();
    let error = SqliteHub::at(place.file()).read_only().open().unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Invalid, "{error}");
    let hub = SqliteHub::at(place.file())
        .synchronous(Synchronous::Normal)
        .open()
        .unwrap();
    hub.start(request("one")).await.unwrap();
    let reader = SqliteHub::at(place.file()).read_only().open().unwrap();
    assert!(reader.get(&id("one")).await.unwrap().is_some());
    let error = reader.start(request("two")).await.unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Invalid);
    assert!(error.to_string().ends_with("is open for reading only"), "{error}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let start = request("one");
    hub.start(start.clone()).await.unwrap();
    let work = fetch_one(&worker).await;
    let mut first = turn(&work);
    first.outgoing = vec![Outgoing::Activity(order(0))];
    first.custom_status = CustomStatus::Set(json("\"half\""));
    commit(&worker, first).await.unwrap();
    hub.signal(&id("one"), event_signal("go")).await.unwrap();
    // Without leaving: the row of the worker and its ownership stay behind.
    drop((worker, hub));
    let hub = open(&place, &clock);
    assert_eq!(
        hub.start(start.clone()).await.unwrap(),
        StartOutcome::Started(start.started.execution)
    );
    let record = hub.get(&id("one")).await.unwrap().unwrap();
    assert_eq!(
        (record.event_count, record.custom_status),
        (2, Some(json("\"half\"")))
    );
    assert_eq!(record.owner, Some(WorkerId::new("a").unwrap()));
    // The same worker comes back: nobody else can have its id, so its old lease is not waited for.
    let worker = hub.join(offer("a")).await.unwrap();
    let again = fetch_one(&worker).await;
    assert_eq!((again.event_count, again.messages.len()), (2, 1));
    assert_eq!(worker.load_history(&again.session).await.unwrap().events.len(), 2);
    let activities = worker.fetch_activities(slots(1)).await.unwrap();
    assert_eq!((activities.run.len(), activities.run[0].deliveries), (1, 0));
}

#[tokio::test]
async fn a_full_file_stops_the_hub_and_says_so_to_everyone() {
    let place = Place::new();
    let hub = SqliteHub::at(place.file()).size_max(256 * 1024).open().unwrap();
    let big = Payload::from_json(&format!("\"{}\"", "x".repeat(1024 * 1024))).unwrap();
    let mut too_big = request("big");
    too_big.started.input = big;
    let (big, small) = tokio::join!(hub.start(too_big), hub.start(request("small")));
    let error = big.unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Closed);
    assert!(error.to_string().contains("database or disk is full"), "{error}");
    if let Err(error) = small {
        assert_eq!(error.kind(), HubErrorKind::Closed);
    }
    let later = hub.start(request("later")).await.unwrap_err();
    assert_eq!(later.kind(), HubErrorKind::Closed);
    assert!(later.to_string().contains("database or disk is full"), "{later}");
}

#[tokio::test]
async fn a_damaged_frame_blocks_its_instance_and_no_other() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    hub.start(request("bad")).await.unwrap();
    hub.start(request("good")).await.unwrap();
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let damage =
        "UPDATE instance SET started = substr(started, 1, length(started) - 1) WHERE text_id = 'bad'";
    assert_eq!(conn.execute(damage, []).unwrap(), 1);
    drop(conn);
    let worker = hub.join(offer("a")).await.unwrap();
    assert_eq!(fetch_one(&worker).await.instance, id("good"));
    let error = hub.get(&id("bad")).await.unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Corrupt);
    assert!(
        error
            .to_string()
            .starts_with("the first event of `bad` is not usable: its checksum is"),
        "{error}"
    );
}

#[tokio::test]
async fn many_requests_share_one_commit() {
    let place = Place::new();
    let hub = SqliteHub::at(place.file()).open().unwrap();
    hub.catch_up().await.unwrap();
    // Another process holds the file, so everything that is asked meanwhile has to wait together.
    let mut other = rusqlite::Connection::open(place.file()).unwrap();
    let immediate = rusqlite::TransactionBehavior::Immediate;
    let held = other.transaction_with_behavior(immediate).unwrap();
    let before = hub.stats();
    let starts: Vec<_> = (0..200)
        .map(|at| {
            let hub = hub.clone();
            tokio::spawn(async move { hub.start(request(&format!("one-{at}"))).await })
        })
        .collect();
    // On the one thread of this test, every start has made its request when this comes back.
    tokio::task::yield_now().await;
    held.commit().unwrap();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    let after = hub.stats();
    assert!(after.requests - before.requests >= 200);
    let commits = after.commits - before.commits;
    // One for what the writer took before it had to wait, one for the rest, and one in between for upkeep.
    assert!(commits <= 5, "{commits} commits");
}

#[tokio::test]
async fn one_refused_commit_does_not_spoil_the_others() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let one = fetch_one(&worker).await;
    hub.start(request("two")).await.unwrap();
    let two = fetch_one(&worker).await;
    let mut wrong = turn(&one);
    wrong.base_event_count = 9;
    let commits = [wrong, turn(&two)].map(|turn| Commit {
        completions: Vec::new(),
        turn: Some(turn),
    });
    let mut results = worker.commit(Vec::from(commits)).await;
    results.pop().unwrap().unwrap();
    let refused = results.pop().unwrap().unwrap_err().to_string();
    assert_eq!(
        refused,
        "the commit failed: the history of `one` has 0 events, and the turn was made on 9"
    );
    assert_eq!(hub.get(&id("one")).await.unwrap().unwrap().event_count, 0);
    assert_eq!(hub.get(&id("two")).await.unwrap().unwrap().event_count, 2);
}

#[tokio::test]
async fn a_hub_that_is_held_by_another_is_unavailable() {
    let place = Place::new();
    let hub = SqliteHub::at(place.file())
        .busy_timeout(Duration::from_millis(20))
        .open()
        .unwrap();
    let mut other = rusqlite::Connection::open(place.file()).unwrap();
    let held = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let error = hub.start(request("one")).await.unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Unavailable, "{error}");
    held.commit().unwrap();
    hub.start(request("one")).await.unwrap();
    let hub: Arc<dyn TaskHub> = Arc::new(hub);
    assert!(hub.capabilities().multi_process);
}

/// Opens a file that an older release wrote, and returns the id in it that was drawn.
fn open_older(place: &Place, clock: &TestClock) -> (SqliteHub, InstanceId) {
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    conn.execute_batch(include_str!("fixtures/schema2.sql")).unwrap();
    drop(conn);
    (open(place, clock), id("0123456789abcdef0123456789abcdef"))
}

#[tokio::test]
async fn a_file_of_an_older_release_shows_what_it_showed() {
    let (place, clock) = (Place::new(), TestClock::new());
    let (hub, drawn) = open_older(&place, &clock);
    let all = hub.query(InstanceQuery::default()).await.unwrap().items;
    let ids: Vec<&str> = all.iter().map(|record| record.instance.as_str()).collect();
    assert_eq!(ids, ["ended", "running", drawn.as_str(), "later"]);
    let statuses: Vec<InstanceStatus> = all.iter().map(|record| record.status).collect();
    assert_eq!(
        statuses,
        [
            InstanceStatus::Completed,
            InstanceStatus::Running,
            InstanceStatus::Pending,
            InstanceStatus::Pending,
        ]
    );
    let began = Timestamp::from_micros(1_767_225_600_000_000);
    assert!(
        all.iter()
            .all(|record| (record.created_at, record.updated_at) == (began, began))
    );
    assert_eq!(
        (all[0].ended_at, &all[0].output),
        (Some(began), &Some(json("\"done\"")))
    );
    assert_eq!(all[1].custom_status, Some(json("\"half\"")));
    assert_eq!(all[1].tags["kind"], "test");
    let tagged = InstanceQuery {
        tags: all[1].tags.clone(),
        ..InstanceQuery::default()
    };
    let tagged = hub.query(tagged).await.unwrap().items;
    assert_eq!(tagged, all);
    let history = hub.history(&id("ended"), None).await.unwrap().unwrap();
    assert_eq!(history.events.len(), 3);

    // A start that is sent again is recognised, and an id that is taken is taken.
    let mut again = request(drawn.as_str());
    again.started.execution = all[2].execution.clone();
    let started = StartOutcome::Started(all[2].execution.clone());
    assert_eq!(hub.start(again).await.unwrap(), started);
    let taken = hub.start(request(drawn.as_str())).await.unwrap();
    assert!(matches!(taken, StartOutcome::Refused(_)));
}

#[tokio::test]
async fn a_file_of_an_older_release_is_migrated_with_what_waits_in_it() {
    let (place, clock) = (Place::new(), TestClock::new());
    let (hub, drawn) = open_older(&place, &clock);
    let worker = hub.join(offer("b")).await.unwrap();
    let work = fetch_one(&worker).await;
    assert_eq!((work.instance.as_str(), work.messages.len()), ("running", 1));
    assert_eq!(worker.load_history(&work.session).await.unwrap().events.len(), 2);
    commit(&worker, turn(&work)).await.unwrap();
    let work = fetch_one(&worker).await;
    assert_eq!((&work.instance, work.messages.len()), (&drawn, 2));
    assert!(matches!(
        work.messages[0].event.kind,
        EventKind::ExecutionStarted(_)
    ));
    commit(&worker, ending(&work, "1")).await.unwrap();
    assert_eq!(
        hub.get(&drawn).await.unwrap().unwrap().status,
        InstanceStatus::Completed
    );
    let batch = worker.fetch_activities(slots(1)).await.unwrap();
    assert_eq!((batch.run.len(), batch.run[0].heartbeat), (1, None));
    let result = ActivityCompletion {
        session: batch.run[0].session.clone(),
        result: Ok(json("1")),
        applied: false,
    };
    let completed = Commit {
        completions: vec![result],
        turn: None,
    };
    worker.commit(vec![completed]).await.pop().unwrap().unwrap();
    let work = fetch_one(&worker).await;
    assert!(matches!(
        work.messages[0].event.kind,
        EventKind::TaskCompleted { .. }
    ));
    clock.advance(Duration::from_mins(1));
    hub.catch_up().await.unwrap();
    let work = fetch_one(&worker).await;
    assert!(matches!(
        work.messages[0].event.kind,
        EventKind::TimerFired { .. }
    ));
    clock.advance(Duration::from_hours(1));
    hub.catch_up().await.unwrap();
    assert_eq!(fetch_one(&worker).await.instance, id("later"));
}
