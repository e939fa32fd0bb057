//! A process at work on a file: a hub, a worker, and a client that follows a scenario.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable::function::OrchestratorFunction;
use durable::hub::{InstanceStatus, ManagementQueries as _};
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::sqlite::{SqliteStats, Synchronous};
use durable::{CancelToken, Clock, ExecutionId, InstanceId, SystemClock, Timestamp, Worker, WorkerError};
use durable::{Client, Run, Start};
use durable_testkit::{OperationKind, RecordingHub};

use crate::functions::Runs;

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    Started(InstanceId, ExecutionId),
    Raised(InstanceId, u32),
    Ended(InstanceId, String),
    Purged,
}

impl Told {
    /// Returns what was started, if it says so.
    pub(crate) fn start(self) -> Option<(InstanceId, ExecutionId)> {
        match self {
            Self::Started(id, execution) => Some((id, execution)),
            Self::Raised(..) | Self::Ended(..) | Self::Purged => None,
        }
    }
}

/// The machine's clock, set forward.
#[derive(Debug)]
struct Later(Duration);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }

    fn sleep_until(&self, deadline: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        SystemClock.sleep_until(deadline - self.0)
    }
}

/// A process at work.
pub(crate) struct Life {
    hub: SqliteHub,
    recording: RecordingHub,
    client: Client,
    stop: CancelToken,
    worker: tokio::task::JoinHandle<Result<(), WorkerError>>,
    /// What was told in an earlier life.
    before: BTreeSet<Told>,
    /// What was told in this one, with the number of operations that the disk had seen then.
    told: Mutex<Vec<(u64, Told)>>,
    moment: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// How a life is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    pub(crate) synchronous: Synchronous,
    /// How far the clock is ahead.
    pub(crate) ahead: Duration,
    /// How many executions stay in memory.
    pub(crate) residents: usize,
}

impl Life {
    /// Opens a file and lets a worker of all functions work on it.
    pub(crate) fn begin(file: &Path, habits: Habits, runs: &Runs) -> Self {
        let hub = open(file, habits);
        let recording = RecordingHub::new(Arc::new(hub.clone()));
        let registry = Arc::new(Registry::collected().unwrap());
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(recording.hub(), Arc::clone(&registry))
            .state(runs.clone())
            .options(|options| {
                options.turn_threads = 1;
                options.max_resident_executions = habits.residents;
            });
        Self {
            client: Client::with_registry(recording.hub(), registry, DefaultVersions::new()),
            hub,
            recording,
            stop,
            worker: tokio::spawn(worker.run_until(async move { stopped.cancelled().await })),
            before: BTreeSet::new(),
            told: Mutex::default(),
            moment: Box::new(|| 0),
        }
    }

    /// Waits until the worker has joined.
    pub(crate) async fn joined(&self) {
        while self.hub.workers().await.unwrap().is_empty() {
            assert!(!self.worker.is_finished(), "the worker did not start");
            tokio::task::yield_now().await;
        }
    }

    /// Says what was told in an earlier life.
    pub(crate) fn remembers(mut self, told: BTreeSet<Told>) -> Self {
        self.before = told;
        self
    }

    /// Says how to tell when something was told.
    pub(crate) fn stamps(mut self, moment: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.moment = Box::new(moment);
        self
    }

    fn note(&self, what: Told) {
        let at = (self.moment)();
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((at, what));
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Starts an instance. A client that does not know whether its start arrived, sends the same again.
    pub(crate) async fn start<F>(&self, start: Start<F>, id: &str) -> Run<F>
    where
        F: OrchestratorFunction<Input: Send>,
    {
        let run = start.id(id).idempotency_key(id).await.unwrap();
        self.note_start(&run);
        run
    }

    /// Starts many in one call.
    pub(crate) async fn start_many<F>(&self, starts: impl Iterator<Item = Start<F>> + Send) -> Vec<Run<F>>
    where
        F: OrchestratorFunction<Input: Send>,
    {
        let starts = starts.enumerate().map(|(at, start)| {
            let id = format!("many-{at}");
            start.idempotency_key(&id).id(id)
        });
        let runs = self.client.start_many(starts).await;
        let runs: Vec<_> = runs.into_iter().map(Result::unwrap).collect();
        for run in &runs {
            self.note_start(run);
        }
        runs
    }

    fn note_start<F: OrchestratorFunction>(&self, run: &Run<F>) {
        let execution = run.execution().cloned().unwrap();
        self.note(Told::Started(run.id().clone(), execution));
    }

    /// Sends a word, unless an earlier life was told that it is stored.
    pub(crate) async fn raise(&self, id: &str, word: u32) {
        let instance = self.client.instance(id).unwrap();
        let told = Told::Raised(instance.id().clone(), word);
        if !self.before.contains(&told) {
            instance.raise_event("word", &word).await.unwrap();
        }
        self.note(told);
    }

    /// Waits for the end of an instance.
    pub(crate) async fn end(&self, id: &InstanceId) {
        let record = self
            .client
            .instance(id.as_str())
            .unwrap()
            .wait_ended()
            .await
            .unwrap();
        assert_eq!(record.status, InstanceStatus::Completed, "{id}");
        self.note(Told::Ended(
            id.clone(),
            record.output.unwrap().as_json().unwrap().to_owned(),
        ));
    }

    /// Removes everything that has ended.
    pub(crate) async fn purge(&self) {
        self.client
            .query()
            .status(InstanceStatus::Completed)
            .purge()
            .await
            .unwrap();
        self.note(Told::Purged);
    }

    /// Returns what the hub has done so far.
    pub(crate) fn stats(&self) -> SqliteStats {
        self.hub.stats()
    }

    /// Forgets what was asked of the hub until now.
    pub(crate) fn clear(&self) {
        self.recording.clear();
    }

    /// Lets the worker end. An operation is written down after it took effect, so all of them are by then.
    pub(crate) async fn finish(self) -> Past {
        self.stop.cancel();
        self.worker.await.unwrap().unwrap();
        Past {
            told: self.told.into_inner().unwrap_or_else(PoisonError::into_inner),
            commits: self.recording.count(OperationKind::Commit),
            loads: self.recording.count(OperationKind::LoadHistory),
        }
    }
}

/// What is known of a life that has ended.
pub(crate) struct Past {
    /// What was told, and how many operations the disk had seen by then.
    pub(crate) told: Vec<(u64, Told)>,
    /// How many commits the worker made, of any number of turns and results each.
    pub(crate) commits: usize,
    /// How many histories it read.
    pub(crate) loads: usize,
}

/// Opens a file.
pub(crate) fn open(file: &Path, habits: Habits) -> SqliteHub {
    let clock = Arc::new(Later(habits.ahead));
    let description = SqliteHub::at(file).synchronous(habits.synchronous).clock(clock);
    description.open().unwrap()
}
