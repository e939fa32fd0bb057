//! Workers and clients of several releases on one hub, in virtual time.

#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::sync::Arc;
use std::time::Duration;

use durable::client::Client;
use durable::history::{Event, EventKind, MarkerKind};
use durable::hub::{InstanceRecord, TaskHub};
use durable::registry::{DefaultVersions, Registry};
use durable::worker::WorkerOptions;
use durable::{CancelToken, Clock, Version, Worker, WorkerError, WorkerId};
use durable_testkit::{ManualClock, MemoryHub};

/// A hub in memory, and what works on it.
pub(crate) struct World {
    pub(crate) hub: MemoryHub,
    pub(crate) clock: ManualClock,
}

/// A worker in the background.
pub(crate) struct Process {
    stop: CancelToken,
    task: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new();
        Self {
            hub: MemoryHub::new(Arc::new(clock.clone())),
            clock,
        }
    }

    pub(crate) fn shared(&self) -> Arc<dyn TaskHub> {
        Arc::new(self.hub.clone())
    }

    /// Returns a client that knows a release.
    pub(crate) fn client(&self, registry: &Registry) -> Client {
        self.client_with(registry, DefaultVersions::new())
    }

    pub(crate) fn client_with(&self, registry: &Registry, defaults: DefaultVersions) -> Client {
        Client::with_registry(self.shared(), Arc::new(registry.clone()), defaults)
    }

    /// Starts a worker of a release, and waits until it has joined.
    pub(crate) async fn worker(&self, id: &str, registry: &Registry) -> Process {
        self.worker_with(id, registry, |_| {}).await
    }

    pub(crate) async fn worker_with(
        &self,
        id: &str,
        registry: &Registry,
        change: impl FnOnce(&mut WorkerOptions),
    ) -> Process {
        start_worker(self.shared(), id, registry, change).await
    }

    /// Waits until only time, an event or a start can make anything happen.
    pub(crate) async fn settle(&self) {
        self.hub.settled().await;
    }

    /// Moves time on; every timer on the way fires at its moment.
    pub(crate) async fn advance(&self, duration: Duration) {
        self.settle().await;
        let until = self.clock.now().saturating_add(duration);
        while let Some(due) = self.hub.next_due().filter(|due| *due <= until) {
            self.clock.advance_to(due);
            self.settle().await;
        }
        self.clock.advance_to(until);
        self.settle().await;
    }
}

/// Starts a worker of a release on a hub, and waits until it has joined.
pub(crate) async fn start_worker(
    hub: Arc<dyn TaskHub>,
    id: &str,
    registry: &Registry,
    change: impl FnOnce(&mut WorkerOptions),
) -> Process {
    let id = WorkerId::new(id).unwrap();
    let stop = CancelToken::new();
    let stopped = stop.clone();
    let worker = Worker::with_registry(Arc::clone(&hub), Arc::new(registry.clone())).options(|options| {
        options.id = Some(id.clone());
        options.turn_threads = 1;
        change(options);
    });
    let task = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
    while !hub
        .workers()
        .await
        .unwrap()
        .iter()
        .any(|worker| worker.worker == id)
    {
        assert!(!task.is_finished(), "the worker did not start: {:?}", task.await);
        tokio::task::yield_now().await;
    }
    Process { stop, task }
}

impl Process {
    /// Shuts down gracefully.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// Runs a worker only as far as its start-up check, and returns what it says.
pub(crate) async fn refusal(
    world: &World,
    registry: &Registry,
    change: impl FnOnce(&mut WorkerOptions),
) -> String {
    let worker = Worker::with_registry(world.shared(), Arc::new(registry.clone())).options(change);
    match worker.run_until(std::future::ready(())).await {
        Ok(()) => "it started".to_owned(),
        Err(error) => error.to_string(),
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(60), test)
            .await
            .expect("the test must end")
    })
}

/// Returns the registered functions of the named modules of the test binary, as if they were a binary of their own.
pub(crate) fn release(modules: &[&str]) -> Registry {
    let chosen = |module: &str| {
        modules
            .iter()
            .any(|name| module.rsplit("::").next() == Some(*name))
    };
    Registry::collected_where(|row| chosen(row.place.module)).unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

/// Says in a word per event what a history holds; turns' frames and the engine's own marker are left out.
pub(crate) fn outline(events: &[Event]) -> Vec<String> {
    events.iter().filter_map(|event| word(&event.kind)).collect()
}

fn word(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::OrchestratorStarted | EventKind::OrchestratorCompleted => return None,
        EventKind::Marker(marker) if marker.kind == MarkerKind::EngineSemantics => return None,
        EventKind::Marker(marker) => format!("{:?} {}", marker.kind, marker.data),
        EventKind::ExecutionStarted(started) => format!("started {}@{}", started.name, started.version),
        EventKind::TaskScheduled {
            task, name, version, ..
        } => format!("call #{task} {name}@{version}"),
        EventKind::TaskCompleted { task, .. } => format!("result #{task}"),
        EventKind::TaskFailed { task, .. } => format!("failure #{task}"),
        EventKind::SubOrchestrationInstanceCreated {
            task, name, version, ..
        } => {
            format!("child #{task} {name}@{version}")
        }
        EventKind::SubOrchestrationInstanceCompleted { task, .. } => format!("child's result #{task}"),
        EventKind::SubOrchestrationInstanceFailed { task, .. } => format!("child's failure #{task}"),
        EventKind::TimerCreated { task, .. } => format!("timer #{task}"),
        EventKind::TimerFired { task, .. } => format!("fired #{task}"),
        EventKind::EventRaised { name, .. } => format!("event {name}"),
        EventKind::EventSent { name, .. } => format!("sent {name}"),
        EventKind::ExecutionCompleted(_) => "ended".to_owned(),
        EventKind::ExecutionTerminated { .. } => "terminated".to_owned(),
        EventKind::ExecutionSuspended { .. } => "suspended".to_owned(),
        EventKind::ExecutionResumed { .. } => "resumed".to_owned(),
        EventKind::ExecutionRewound { version, .. } => format!("rewound on {version}"),
        EventKind::ContinueAsNew { version, .. } => format!("continued on {version}"),
    })
}

/// Returns the version of a record as text.
pub(crate) fn version_of(record: &InstanceRecord) -> String {
    record.version.to_string()
}
