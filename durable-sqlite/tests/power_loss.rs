//! Power that fails: at FULL, what was acknowledged is there when it comes back; at NORMAL, the file is whole.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable_core::history::EventKind;
use durable_core::hub::*;
use durable_core::{Clock, TaskId};
use durable_sqlite::{SqliteHub, Synchronous};
use durable_testdisk::{Disk, Survivors};
use support::*;

/// How many times the power fails in each test.
const SEEDS: u64 = 30;

/// What one instance was acknowledged: what must be there later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Acknowledged {
    Started,
    Signalled,
    Ran,
    Completed,
}

/// A hub in a file whose power will fail.
struct Scene {
    disk: &'static Disk,
    file: PathBuf,
    place: Place,
    clock: TestClock,
    acknowledged: BTreeMap<String, Acknowledged>,
}

impl Scene {
    fn set() -> Self {
        let place = Place::new();
        let (disk, file) = (Disk::install_as_default().unwrap(), place.file());
        disk.watch(&file);
        Self {
            disk,
            file,
            place,
            clock: TestClock::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    /// Notes an answer that came while there was power.
    fn note(&mut self, name: &str, what: Acknowledged) {
        if !self.disk.power_is_cut(&self.file) {
            self.acknowledged.insert(name.to_owned(), what);
        }
    }

    fn open(&self, synchronous: Synchronous) -> SqliteHub {
        SqliteHub::at(&self.file)
            .clock(Arc::new(self.clock.clone()))
            .synchronous(synchronous)
            .open()
            .unwrap()
    }

    /// Starts, signals and completes instances, several at a time, until the power fails.
    async fn run(&mut self, synchronous: Synchronous, seed: u64) {
        let hub = self.open(synchronous);
        let worker = hub.join(offer("a")).await.unwrap();
        let operation = self.disk.operations(&self.file) + 5 + (seed * 37) % 400;
        self.disk
            .cut_power_at(&self.file, operation, Survivors::Random(seed));
        for round in 0.. {
            if self.disk.power_is_cut(&self.file) {
                break;
            }
            self.one_round(&hub, &worker, round).await;
        }
    }

    async fn one_round(&mut self, hub: &SqliteHub, worker: &Arc<dyn WorkerHub>, round: usize) {
        let names: Vec<String> = (0..4).map(|at| format!("{round}-{at}")).collect();
        let starts: Vec<_> = names.iter().map(|name| spawn_start(hub, name)).collect();
        for (name, start) in names.iter().zip(starts) {
            start.await.unwrap();
            self.note(name, Acknowledged::Started);
        }
        for name in &names {
            hub.signal(&id(name), event_signal("go")).await.unwrap();
            self.note(name, Acknowledged::Signalled);
        }
        let mut works = Vec::new();
        while works.len() < names.len() {
            works.extend(worker.fetch_turns(names.len()).await.unwrap());
        }
        for work in works {
            self.one_instance(worker, &work).await;
        }
    }

    /// A turn that calls an activity, and one that completes with its result.
    async fn one_instance(&mut self, worker: &Arc<dyn WorkerHub>, work: &TurnWork) {
        let name = work.instance.to_string();
        let mut first = turn(work);
        first.outgoing = vec![Outgoing::Activity(order(0))];
        first.eager = slots(1);
        let mut activities = commit(worker, first).await.unwrap().activities;
        if activities.is_empty() {
            activities = worker.fetch_activities(slots(1)).await.unwrap().run;
        }
        let completion = Commit {
            completions: vec![ActivityCompletion {
                session: activities.pop().unwrap().session,
                result: Ok(json("8")),
                applied: false,
            }],
            turn: None,
        };
        worker.commit(vec![completion]).await.pop().unwrap().unwrap();
        self.note(&name, Acknowledged::Ran);
        let last = fetch_one(worker).await;
        commit(worker, ending(&last, "\"done\"")).await.unwrap();
        self.note(&name, Acknowledged::Completed);
    }

    /// Awaits something that is stored, and compares the syncs that it takes.
    ///
    /// It is asked for after the counts are read: some requests are made before their future is awaited.
    async fn costs<T, F: Future<Output = T>>(&self, syncs: u64, what: &str, stored: impl FnOnce() -> F) -> T {
        let before = self.disk.counts_of(&self.file);
        let result = stored().await;
        let counts = self.disk.counts_of(&self.file).since(&before);
        assert_eq!(
            (counts.log.syncs, counts.database.syncs),
            (syncs, 0),
            "{what}: {counts:?}"
        );
        result
    }

    /// Brings the power back: the file, in another folder, as the disk has it.
    fn restore(&self) -> PathBuf {
        let later = self.place.file().with_file_name("later");
        self.disk.restore(&self.file, &later).unwrap()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.disk.forget(&self.file);
    }
}

fn spawn_start(hub: &SqliteHub, name: &str) -> tokio::task::JoinHandle<()> {
    let (hub, request) = (hub.clone(), request(name));
    tokio::spawn(async move {
        hub.start(request).await.unwrap();
    })
}

/// What a file holds of each instance: how far it has come, as its record, its history and its inbox say.
async fn held(file: &Path, clock: &TestClock, names: &[String]) -> BTreeMap<String, Acknowledged> {
    let hub = SqliteHub::at(file).clock(Arc::new(clock.clone())).open().unwrap();
    let worker = hub.join(offer("b")).await.unwrap();
    hub.catch_up().await.unwrap();
    let waiting = all_waiting(&hub, &worker).await;
    let mut held = BTreeMap::new();
    for name in names {
        let Some(record) = hub.get(&id(name)).await.unwrap() else {
            continue;
        };
        let reached = if record.status == InstanceStatus::Completed {
            assert_eq!(record.output, Some(json("\"done\"")));
            Acknowledged::Completed
        } else {
            let history = hub.history(&id(name), None).await.unwrap().unwrap();
            let recorded = history.events.iter().map(|event| &event.kind);
            let messages = waiting.get(name).into_iter().flatten();
            furthest(recorded.chain(messages))
        };
        held.insert(name.clone(), reached);
    }
    held
}

fn furthest<'a>(kinds: impl Iterator<Item = &'a EventKind>) -> Acknowledged {
    let reached = kinds.filter_map(|kind| match kind {
        EventKind::TaskCompleted { .. } => Some(Acknowledged::Ran),
        EventKind::EventRaised { .. } => Some(Acknowledged::Signalled),
        _ => None,
    });
    reached.max().unwrap_or(Acknowledged::Started)
}

/// Takes over what the worker had that is gone. The last start is the last that is handed out.
async fn all_waiting(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>) -> BTreeMap<String, Vec<EventKind>> {
    hub.start(request("sentinel")).await.unwrap();
    let mut waiting = BTreeMap::new();
    while !waiting.contains_key("sentinel") {
        for work in worker.fetch_turns(1_000).await.unwrap() {
            let kinds = work.messages.into_iter().map(|message| message.event.kind);
            waiting.insert(work.instance.to_string(), kinds.collect());
        }
    }
    waiting
}

/// Has the power fail at one point, and returns what was acknowledged and what is there later.
async fn fail(synchronous: Synchronous, seed: u64) -> [BTreeMap<String, Acknowledged>; 2] {
    let mut scene = Scene::set();
    scene.run(synchronous, seed).await;
    let left = scene.restore();
    let check: String = rusqlite::Connection::open(&left)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "seed {seed}");
    // The lease of the worker that is gone has run out.
    scene.clock.advance(Duration::from_mins(1));
    let names: Vec<String> = scene.acknowledged.keys().cloned().collect();
    let held = held(&left, &scene.clock, &names).await;
    [std::mem::take(&mut scene.acknowledged), held]
}

#[tokio::test]
async fn at_full_what_was_acknowledged_survives_a_power_failure() {
    let mut seen = BTreeSet::new();
    for seed in 0..SEEDS {
        let [acknowledged, held] = fail(Synchronous::Full, seed).await;
        for (name, what) in &acknowledged {
            let held = held.get(name);
            assert!(
                held.is_some_and(|held| held >= what),
                "seed {seed}: `{name}` was acknowledged as {what:?} and is {held:?}"
            );
            seen.insert(*what);
        }
    }
    // The power did fail at every stage.
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[tokio::test]
async fn at_normal_the_file_is_whole_though_the_latest_may_be_gone() {
    let mut lost = 0;
    for seed in 0..SEEDS {
        let [acknowledged, held] = fail(Synchronous::Normal, seed).await;
        let is_lost = |(name, what): (&String, &Acknowledged)| held.get(name).is_none_or(|held| held < what);
        lost += acknowledged.iter().filter(|one| is_lost((one.0, one.1))).count();
    }
    assert!(lost > 0, "a power failure that takes nothing shows nothing");
}

#[tokio::test]
async fn at_full_what_is_acknowledged_is_one_sync_of_the_log_and_at_normal_none() {
    for (synchronous, syncs) in [(Synchronous::Full, 1), (Synchronous::Normal, 0)] {
        let mut scene = Scene::set();
        let hub = scene.open(synchronous);
        let worker = hub.join(offer("a")).await.unwrap();
        // The first write to a log begins it, which is a sync of its own.
        scene.one_round(&hub, &worker, 0).await;
        for round in 1..=5 {
            let name = round.to_string();
            scene
                .costs(syncs, "start", || hub.start(request(&name)))
                .await
                .unwrap();
            let name = id(&name);
            let signal = || hub.signal(&name, event_signal("go"));
            scene.costs(syncs, "signal", signal).await.unwrap();
            let mut first = turn(&fetch_one(&worker).await);
            first.outgoing = vec![Outgoing::Activity(order(0))];
            first.eager = slots(1);
            let committed = scene
                .costs(syncs, "turn", || commit(&worker, first))
                .await
                .unwrap();
            let completion = Commit {
                completions: vec![ActivityCompletion {
                    session: committed.activities[0].session.clone(),
                    result: Ok(json("8")),
                    applied: false,
                }],
                turn: None,
            };
            let mut results = scene
                .costs(syncs, "completion", || worker.commit(vec![completion]))
                .await;
            results.pop().unwrap().unwrap();
            let last = ending(&fetch_one(&worker).await, "\"done\"");
            scene
                .costs(syncs, "ending", || commit(&worker, last))
                .await
                .unwrap();
        }
    }
}

/// The lease, the claim of an instance and a timer that fires are acknowledged to nobody.
#[tokio::test]
async fn what_the_hub_does_by_itself_waits_for_no_disk() {
    let scene = Scene::set();
    let hub = scene.open(Synchronous::Full);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    for round in 0..3 {
        let renewed = scene.costs(0, "renewal", async || {
            let before = hub.workers().await.unwrap()[0].expires_at;
            scene.clock.advance(Duration::from_secs(5));
            while hub.workers().await.unwrap()[0].expires_at == before {
                tokio::task::yield_now().await;
            }
        });
        renewed.await;
        let work = scene.costs(0, "fetch", || fetch_one(&worker)).await;
        let mut waiting = turn(&work);
        waiting.outgoing = vec![Outgoing::Timer {
            task: TaskId(round),
            fire_at: scene.clock.now().saturating_add(Duration::from_secs(1)),
        }];
        scene.costs(1, "turn", || commit(&worker, waiting)).await.unwrap();
        // Fires, and is found by the fetch of the next round.
        scene.clock.advance(Duration::from_secs(1));
    }
}
