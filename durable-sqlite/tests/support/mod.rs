//! What the tests of the SQLite hub share.
#![allow(dead_code, reason = "each test binary uses another part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::new_without_default,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by a panic, and nobody else uses this"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use durable_core::hub::*;
use durable_core::*;
use durable_sqlite::{SqliteHub, SqliteOptions};
use tokio::sync::watch;

/// A directory of its own for each test, removed at the end.
pub struct Place(PathBuf);

impl Place {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "durable-sqlite-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("hub.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A clock that stands still until it is advanced.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<watch::Sender<i64>>);

impl TestClock {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(1_767_225_600_000_000)))
    }

    pub fn advance(&self, by: Duration) {
        self.0
            .send_modify(|now| *now += i64::try_from(by.as_micros()).unwrap());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(*self.0.borrow())
    }

    fn sleep_until(&self, deadline: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            now.wait_for(|now| *now >= deadline.as_micros()).await.unwrap();
        })
    }
}

pub fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

pub fn name(text: &str) -> WireName {
    WireName::new(text).unwrap()
}

pub fn json(text: &str) -> Payload {
    Payload::from_json(text).unwrap()
}

pub fn code(function: &str, version: &str) -> CodeKey {
    CodeKey {
        name: name(function),
        version: Version::new(version).unwrap(),
    }
}

/// A worker that offers `flow` 1 and `step` 1.
pub fn offer(worker: &str) -> WorkerOffer {
    WorkerOffer {
        worker: WorkerId::new(worker).unwrap(),
        build: BuildId(1),
        orchestrators: vec![code("flow", "1")],
        activities: vec![code("step", "1")],
        takes_mismatched: false,
    }
}

pub fn started(instance: &str) -> ExecutionStarted {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    ExecutionStarted {
        instance: id(instance),
        execution: ExecutionId::from_random(u128::from(COUNT.fetch_add(1, Ordering::Relaxed))),
        name: name("flow"),
        version: Version::ONE.into(),
        input: json("\"input\""),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: BTreeMap::from([("kind".to_owned(), "test".to_owned())]),
    }
}

pub fn request(instance: &str) -> StartRequest {
    StartRequest {
        started: started(instance),
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    }
}

pub fn event_signal(event: &str) -> Signal {
    Signal::Event {
        name: EventName::new(event).unwrap(),
        input: json("1"),
    }
}

/// A turn that appends its messages and waits.
pub fn turn(work: &TurnWork) -> TurnCommit {
    let mut events = vec![Event::new(
        Timestamp::from_micros(5),
        EventKind::OrchestratorStarted,
    )];
    events.extend(work.messages.iter().map(|message| message.event.clone()));
    TurnCommit {
        session: work.session.clone(),
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events,
        outgoing: Vec::new(),
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Waiting,
        eager: ActivityDemand::default(),
        release: false,
    }
}

/// A turn that ends the execution with an output.
pub fn ending(work: &TurnWork, output: &str) -> TurnCommit {
    let status = CompletionStatus::Completed(json(output));
    let mut turn = turn(work);
    let completed = EventKind::ExecutionCompleted(status.clone());
    turn.events.push(Event::new(Timestamp::from_micros(6), completed));
    turn.outcome = TurnOutcome::Ended(status);
    turn
}

pub fn order(task: u32) -> ActivityOrder {
    ActivityOrder {
        task: TaskId(task),
        name: name("step"),
        version: Version::ONE.into(),
        input: json("7"),
        attempt: 1,
        heartbeat: None,
        queue: None,
        trace: None,
    }
}

pub async fn commit(worker: &Arc<dyn WorkerHub>, turn: TurnCommit) -> Result<Committed, CommitError> {
    let commit = Commit {
        completions: Vec::new(),
        turn: Some(turn),
    };
    worker.commit(vec![commit]).await.pop().unwrap()
}

pub async fn fetch_one(worker: &Arc<dyn WorkerHub>) -> TurnWork {
    let mut works = worker.fetch_turns(1).await.unwrap();
    assert_eq!(works.len(), 1);
    works.pop().unwrap()
}

pub fn slots(slots: usize) -> ActivityDemand {
    ActivityDemand::of_slots(slots)
}

/// A hub that is not opened yet.
pub fn describe(place: &Place, clock: &TestClock) -> SqliteOptions {
    SqliteHub::at(place.file())
        .clock(Arc::new(clock.clone()))
        .lease(Duration::from_secs(15))
}

pub fn open(place: &Place, clock: &TestClock) -> SqliteHub {
    describe(place, clock).open().unwrap()
}
