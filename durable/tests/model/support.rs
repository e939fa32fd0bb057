//! What the tests share: an app with a probe, and several workers on one hub.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use durable::client::Client;
use durable::hub::TaskHub;
use durable::registry::{DefaultVersions, Registration, Registry};
use durable::worker::WorkerOptions;
use durable::{CancelToken, Worker, WorkerError, WorkerId};
use durable_testkit::{ManualClock, MemoryHub, RunningTest, TestApp};
use tokio::sync::watch;

/// How long a test may take before it counts as hanging: far more than on a machine that compiles beside it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What activities write down and wait for. Shared state of every worker here; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<Seen>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Seen {
    notes: Vec<String>,
    gates: BTreeSet<String>,
}

impl Probe {
    /// Writes something down.
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.lock().notes.push(text.into());
        self.0.changed.send_replace(());
    }

    /// Returns what was written down, in order.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.lock().notes.clone()
    }

    /// Returns how often a text was written down.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.lock().notes.iter().filter(|note| *note == text).count()
    }

    /// Waits until a text was written down `times` times.
    pub(crate) async fn seen(&self, text: &str, times: usize) {
        self.until(|seen| seen.notes.iter().filter(|note| *note == text).count() >= times)
            .await;
    }

    /// Waits until there are so many notes.
    pub(crate) async fn noted(&self, count: usize) {
        self.until(|seen| seen.notes.len() >= count).await;
    }

    /// Lets everyone pass who waits at a gate, now and later.
    pub(crate) fn open(&self, gate: &str) {
        self.lock().gates.insert(gate.to_owned());
        self.0.changed.send_replace(());
    }

    /// Waits until a gate is open.
    pub(crate) async fn gate(&self, gate: &str) {
        self.until(|seen| seen.gates.contains(gate)).await;
    }

    /// Waits until nobody waits for anything here.
    pub(crate) async fn nobody_waits(&self) {
        while self.0.changed.receiver_count() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn until(&self, reached: impl Fn(&Seen) -> bool) {
        let mut changes = self.0.changed.subscribe();
        while !reached(&self.lock()) {
            changes.changed().await.expect("the sender lives in the probe");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.state.lock().unwrap()
    }
}

/// Every function of this binary but those that only the tests of missing state want.
pub(crate) fn registry() -> Registry {
    Registry::collected_where(|row: &Registration| !row.place.module.ends_with("state::lacking")).unwrap()
}

/// Runs a test in virtual time, with a probe.
pub(crate) fn test<T>(body: impl AsyncFnOnce(&RunningTest, &Probe) -> T) -> T {
    test_with(|_| {}, body)
}

/// Runs a test in virtual time, with a probe and changed settings of the worker.
pub(crate) fn test_with<T>(
    change: impl FnOnce(&mut WorkerOptions),
    body: impl AsyncFnOnce(&RunningTest, &Probe) -> T,
) -> T {
    let probe = Probe::default();
    let app = TestApp::with_registry(registry())
        .state(probe.clone())
        .options(change);
    app.run(async |app| patient(body(app, &probe)).await)
}

/// Waits, but not for ever.
pub(crate) async fn patient<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, test)
        .await
        .expect("the test must end")
}

/// Runs a test on a runtime of its own.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let result = runtime.block_on(patient(test));
    runtime.shutdown_background();
    result
}

/// A hub in memory and virtual time, with any number of workers.
pub(crate) struct Cluster {
    pub(crate) hub: MemoryHub,
    pub(crate) clock: ManualClock,
    pub(crate) client: Client,
    pub(crate) probe: Probe,
    registry: Arc<Registry>,
}

/// One worker of a cluster.
pub(crate) struct Colleague {
    hub: MemoryHub,
    id: WorkerId,
    stop: CancelToken,
    task: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new();
        let hub = MemoryHub::new(Arc::new(clock.clone()));
        let registry = Arc::new(registry());
        let shared: Arc<dyn TaskHub> = Arc::new(hub.clone());
        Self {
            client: Client::with_registry(shared, Arc::clone(&registry), DefaultVersions::new()),
            hub,
            clock,
            probe: Probe::default(),
            registry,
        }
    }

    /// Starts a worker, and waits until it has joined.
    pub(crate) async fn worker(&self, name: &str, change: impl FnOnce(&mut WorkerOptions)) -> Colleague {
        let id = WorkerId::new(name).unwrap();
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(Arc::new(self.hub.clone()), Arc::clone(&self.registry))
            .state(self.probe.clone())
            .options(|own| own.id = Some(id.clone()))
            .options(change);
        let task = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        while !self.workers().await.contains(&id) {
            tokio::task::yield_now().await;
        }
        Colleague {
            hub: self.hub.clone(),
            id,
            stop,
            task,
        }
    }

    pub(crate) async fn workers(&self) -> Vec<WorkerId> {
        let workers = self.client.workers().await.unwrap();
        workers.into_iter().map(|worker| worker.worker).collect()
    }
}

impl Colleague {
    /// Asks it to stop gracefully.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Stops it gracefully.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Lets it die; its lease ends at once.
    pub(crate) async fn crash(self) {
        self.hub.expire(&self.id);
        self.vanish().await;
    }

    /// Lets it die; its lease runs out by the clock.
    pub(crate) async fn vanish(self) {
        self.task.abort();
        drop(self.task.await);
    }
}
