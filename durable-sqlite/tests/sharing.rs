//! Several processes on one file, each played by a hub of its own.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::*;
use durable_core::*;
use durable_sqlite::SqliteHub;
use support::*;

/// How long a ring may take that was not lost: much longer than on a busy machine, and much less than until the next look.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn a_worker_that_was_paused_cannot_commit_what_was_taken_over() {
    // Each process has its own clock, so that one can stand still while the other goes on.
    let (place, paused, running) = (Place::new(), TestClock::new(), TestClock::new());
    let (first, second) = (open(&place, &paused), open(&place, &running));
    let slow = first.join(offer("slow")).await.unwrap();
    first.start(request("one")).await.unwrap();
    let old = fetch_one(&slow).await;
    let mut turn_with_activity = turn(&old);
    turn_with_activity.outgoing = vec![Outgoing::Activity(order(0))];
    turn_with_activity.eager = slots(1);
    let activity = commit(&slow, turn_with_activity)
        .await
        .unwrap()
        .activities
        .pop()
        .unwrap();
    first.signal(&id("one"), event_signal("go")).await.unwrap();

    let fast = second.join(offer("fast")).await.unwrap();
    running.advance(Duration::from_secs(16));
    let taken = fetch_one(&fast).await;
    assert_eq!(
        (taken.instance.clone(), taken.messages.len(), taken.event_count),
        (id("one"), 1, 2)
    );

    let refused = commit(
        &slow,
        TurnCommit {
            base_event_count: 2,
            ..turn(&old)
        },
    )
    .await
    .unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("the instance `one` is no longer owned by this worker (held epoch 1"),
        "{refused}"
    );
    let completion = ActivityCompletion {
        session: activity.session.clone(),
        result: Ok(json("8")),
        applied: false,
    };
    let refused = slow
        .commit(vec![Commit {
            completions: vec![completion],
            turn: None,
        }])
        .await
        .pop()
        .unwrap();
    assert!(matches!(refused, Err(CommitError::Stale { .. })), "{refused:?}");
    assert!(slow.heartbeat(&activity.session, None).await.unwrap().cancelled);
    let again = fast.fetch_activities(slots(1)).await.unwrap();
    assert_eq!(again.run[0].deliveries, 1);
    commit(&fast, ending(&taken, "1")).await.unwrap();
    // The paused worker is still part of the hub: it joined again by itself and is given new work.
    drop(fast);
    first.start(request("two")).await.unwrap();
    assert_eq!(fetch_one(&slow).await.instance, id("two"));
}

#[tokio::test]
async fn a_doorbell_wakes_the_other_process_at_once() {
    let (place, clock) = (Place::new(), TestClock::new());
    // Neither side looks by itself: what no ring tells of is never noticed.
    let never = Duration::from_hours(1);
    let open = || describe(&place, &clock).look_every(never).open().unwrap();
    let (serving, starting) = (open(), open());
    let rounds = async {
        let worker = serving.join(offer("a")).await.unwrap();
        for at in 0..8 {
            let instance = format!("one-{at}");
            // Each is waited for before it is there, so that only a ring can end the wait.
            let (started, work) = tokio::join!(starting.start(request(&instance)), fetch_one(&worker));
            started.unwrap();
            let (instance, go) = (id(&instance), event_signal("go"));
            let (told, more) = tokio::join!(starting.signal(&instance, go), fetch_one(&worker));
            told.unwrap();
            assert_eq!(more.messages.len(), 1);
            let mut last = ending(&work, "1");
            last.consumed
                .extend(more.messages.iter().map(|message| message.receipt));
            let ended = starting.wait_ended(&instance, None);
            let (committed, ended) = tokio::join!(commit(&worker, last), ended);
            committed.unwrap();
            ended.unwrap();
        }
    };
    let rung = tokio::time::timeout(PATIENCE, rounds).await;
    rung.expect("a change was not told of by a ring");
}

/// Whoever waits for the first time has no doorbell yet, and nobody rings for what is stored before it has one.
#[tokio::test]
async fn a_change_that_is_stored_while_a_doorbell_is_hung_up_is_noticed() {
    let (place, clock) = (Place::new(), TestClock::new());
    let never = Duration::from_hours(1);
    let open = || describe(&place, &clock).look_every(never).open().unwrap();
    let (owning, waiting) = (open(), open());
    let worker = owning.join(offer("a")).await.unwrap();
    owning.start(request("one")).await.unwrap();
    fetch_one(&worker).await;

    // While another process writes, the waiting one can read, and not make itself known.
    let other = rusqlite::Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let looked = tokio::sync::Notify::new();
    let predicate = |record: &InstanceRecord| {
        looked.notify_one();
        record.owner.is_none()
    };
    let one = id("one");
    let freed = waiting.wait_until(&one, Box::new(predicate));
    let change = async {
        looked.notified().await;
        let sql = "UPDATE instance SET owner = NULL; COMMIT";
        other.execute_batch(sql).unwrap();
    };
    let both = async { tokio::join!(freed, change).0.unwrap() };
    let record = tokio::time::timeout(PATIENCE, both).await;
    assert_eq!(record.expect("the change was not noticed").owner, None);
}

#[tokio::test]
async fn work_goes_to_the_process_that_offers_the_version() {
    let (place, clock) = (Place::new(), TestClock::new());
    let (old, new) = (open(&place, &clock), open(&place, &clock));
    let first = old.join(offer("v1")).await.unwrap();
    let mut request_of_2 = request("two");
    request_of_2.started.version = Version::new("2").unwrap().into();
    old.start(request_of_2).await.unwrap();
    old.start(request("one")).await.unwrap();
    let record = old.get(&id("two")).await.unwrap().unwrap();
    assert_eq!(record.stalled_since, Some(clock.now()));
    assert_eq!(fetch_one(&first).await.instance, id("one"));
    let mut offer_of_2 = offer("v2");
    offer_of_2.orchestrators = vec![code("flow", "2")];
    let second = new.join(offer_of_2).await.unwrap();
    assert_eq!(fetch_one(&second).await.instance, id("two"));
    assert_eq!(new.workers().await.unwrap().len(), 2);
    second.leave().await.unwrap();
    let error = second.fetch_turns(1).await.unwrap_err();
    assert_eq!(error.kind(), HubErrorKind::Closed);
    assert_eq!(new.workers().await.unwrap().len(), 1);
    let twice = old.join(offer("v1")).await.map(|_| ()).unwrap_err();
    assert_eq!(twice.to_string(), "the worker `v1` has joined already");
}

#[tokio::test]
async fn a_blocked_instance_is_tried_once_by_each_new_build() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let old = hub.join(offer("old")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let work = fetch_one(&old).await;
    let report = |build| BlockReport {
        reason: "panic".to_owned(),
        message: "it panicked".to_owned(),
        step: None,
        place: None,
        since: clock.now(),
        build: BuildId(build),
    };
    let mut blocked = turn(&work);
    blocked.outcome = TurnOutcome::Blocked(Box::new(report(1)));
    commit(&old, blocked).await.unwrap();
    assert!(hub.get(&id("one")).await.unwrap().unwrap().blocked.is_some());
    let new = hub
        .join(WorkerOffer {
            build: BuildId(2),
            ..offer("new")
        })
        .await
        .unwrap();
    let retried = fetch_one(&new).await;
    assert_eq!(retried.messages.len(), 1);
    let mut blocked = turn(&retried);
    blocked.outcome = TurnOutcome::Blocked(Box::new(report(2)));
    commit(&new, blocked).await.unwrap();
    // Neither build tries again by itself, however much arrives.
    hub.signal(&id("one"), event_signal("go")).await.unwrap();
    hub.start(request("two")).await.unwrap();
    let next = new.fetch_turns(5).await.unwrap();
    assert_eq!(
        next.iter().map(|work| work.instance.as_str()).collect::<Vec<_>>(),
        ["two"]
    );
    hub.signal(
        &id("one"),
        Signal::Resume {
            reason: "repaired".to_owned(),
        },
    )
    .await
    .unwrap();
    let resumed = fetch_one(&new).await;
    assert_eq!((resumed.instance.clone(), resumed.messages.len()), (id("one"), 3));
    commit(&new, turn(&resumed)).await.unwrap();
    assert_eq!(hub.get(&id("one")).await.unwrap().unwrap().blocked, None);
}

/// A restart after `kill -9` would otherwise wait out the lease of the dead process, although everybody on the machine
/// can see that nobody listens to its doorbell any more.
#[tokio::test]
async fn a_process_that_has_died_is_taken_over_before_its_lease_runs_out() {
    let (place, clock) = (Place::new(), TestClock::new());
    let dying = open(&place, &clock);
    let worker = dying.join(offer("dead")).await.unwrap();
    dying.start(request("one")).await.unwrap();
    fetch_one(&worker).await;
    // What a killed process leaves behind: a socket without a listener, and a row with a lease that still holds.
    let socket = place.file().with_extension("bell");
    drop(std::os::unix::net::UnixDatagram::bind(&socket).unwrap());
    let file = rusqlite::Connection::open(place.file()).unwrap();
    let changed = file.execute("UPDATE node SET socket = ?1", [socket.display().to_string()]);
    assert_eq!(changed.unwrap(), 1);

    let next = open(&place, &clock);
    let worker = next.join(offer("next")).await.unwrap();
    assert_eq!(fetch_one(&worker).await.instance, id("one"));
}

/// A doorbell that is not there says nothing: the directory may be another one in a container.
#[tokio::test]
async fn a_process_whose_doorbell_is_missing_keeps_its_work_until_its_lease_runs_out() {
    let (place, clock) = (Place::new(), TestClock::new());
    let first = open(&place, &clock);
    let owner = first.join(offer("first")).await.unwrap();
    first.start(request("one")).await.unwrap();
    fetch_one(&owner).await;
    let file = rusqlite::Connection::open(place.file()).unwrap();
    let socket = place.file().with_extension("missing");
    let changed = file.execute("UPDATE node SET socket = ?1", [socket.display().to_string()]);
    assert_eq!(changed.unwrap(), 1);

    let second = open(&place, &clock);
    let _worker = second.join(offer("second")).await.unwrap();
    let record = second.get(&id("one")).await.unwrap().unwrap();
    assert_eq!(record.owner, Some(WorkerId::new("first").unwrap()));
}

#[tokio::test]
async fn what_no_ring_tells_of_is_found_by_a_look() {
    let place = Place::new();
    let look_every = Duration::from_millis(10);
    let hub = SqliteHub::at(place.file()).look_every(look_every).open().unwrap();
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    fetch_one(&worker).await;
    let one = id("one");
    let looked = tokio::sync::Notify::new();
    let predicate = |record: &InstanceRecord| {
        looked.notify_one();
        record.owner.is_none()
    };
    let freed = hub.wait_until(&one, Box::new(predicate));
    let change = async {
        looked.notified().await;
        // A writer that rings nobody.
        let other = rusqlite::Connection::open(place.file()).unwrap();
        other.execute("UPDATE instance SET owner = NULL", []).unwrap();
    };
    let both = async { tokio::join!(freed, change).0.unwrap() };
    let record = tokio::time::timeout(PATIENCE, both).await;
    assert_eq!(record.expect("the change was not noticed").owner, None);
}

#[tokio::test]
async fn by_the_machine_s_clock_a_timer_fires_without_a_request() {
    let place = Place::new();
    let hub = SqliteHub::at(place.file()).look_every(PATIENCE).open().unwrap();
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let mut waiting = turn(&fetch_one(&worker).await);
    waiting.outgoing = vec![Outgoing::Timer {
        task: TaskId(0),
        fire_at: SystemClock.now().saturating_add(Duration::from_millis(20)),
    }];
    // The fetch is with the hub before the timer is set, and wakes it no more.
    let fetch = {
        let worker = Arc::clone(&worker);
        tokio::spawn(async move { fetch_one(&worker).await })
    };
    commit(&worker, waiting).await.unwrap();
    let fired = tokio::time::timeout(PATIENCE, fetch).await.unwrap().unwrap();
    assert_eq!(fired.messages.len(), 1);
}
