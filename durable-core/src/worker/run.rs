//! The life of a worker: start-up checks, work, shutdown.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

use super::activities::{Activities, deadline};
use super::dispatcher::{self, Threads};
use super::error::WorkerError;
use super::options::Worker;
use super::race::{Either, race};
use super::turn_thread::TurnThread;
use crate::activity::StateMap;
use crate::function::FunctionKind;
use crate::hub::{CodeKey, HubError, HubErrorKind, WorkerHub, WorkerOffer};
use crate::id::{BuildId, WorkerId};
use crate::name::WireName;
use crate::random::Entropy;
use crate::registry::{DefaultVersions, MismatchStrategy, Registry};
use crate::replay::{DETERMINISM_CHECKS_VARIABLE, DeterminismChecks};
use crate::time::Clock;
use crate::version::Version;

/// What the parts of a running worker share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) node: Arc<dyn WorkerHub>,
    pub(super) registry: Arc<Registry>,
    pub(super) states: Arc<StateMap>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) default_versions: DefaultVersions,
    pub(super) build: BuildId,
    pub(super) activities: Activities,
    pub(super) threads: Threads,
    /// What runs the activities, and what the hub's futures may use.
    pub(super) runtime: Handle,
    runtime_lives: Life,
    pub(super) residents_per_thread: usize,
    /// Whether instances in versions that this worker does not run are failed.
    pub(super) fails_mismatched: bool,
    pub(super) determinism_checks: DeterminismChecks,
    pub(super) closed: Closed,
    offered: BTreeSet<CodeKey>,
}

/// Learns from a commit that the hub is closed: a fetch that waits may never be told.
#[derive(Debug, Default)]
pub(super) struct Closed {
    text: OnceLock<String>,
    told: Notify,
}

impl Closed {
    pub(super) fn tell(&self, error: &HubError) {
        // The first says why; those that follow from it say less.
        let _ = self.text.set(error.to_string());
        self.told.notify_one();
    }

    async fn told(&self) -> HubError {
        self.told.notified().await;
        HubError::new(HubErrorKind::Closed, self.text.get().cloned().unwrap_or_default())
    }
}

/// A task that does nothing for as long as the runtime is there: a plain thread sees by it that nobody will answer.
#[derive(Debug)]
struct Life(AbortHandle);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    /// Returns whether the worker's match strategy allows a version.
    pub(super) fn offers(&self, name: &WireName, version: Version) -> bool {
        self.offered.contains(&CodeKey {
            name: name.clone(),
            version,
        })
    }

    /// Returns whether the async runtime has ended.
    pub(super) fn runtime_is_gone(&self) -> bool {
        self.runtime_lives.0.is_finished()
    }

    /// Lists for people the versions that the match strategy allows.
    pub(super) fn offered_versions(&self, name: &WireName) -> String {
        let of_name = self.offered.iter().filter(|key| key.name == *name);
        let versions: Vec<String> = of_name.map(|key| key.version.to_string()).collect();
        versions.join(", ")
    }
}

impl Worker {
    /// Works until `shutdown` resolves, which is first polled when the worker has joined the hub; then stops gracefully: stops fetching, lets activities end within the grace,
    /// commits what they returned, and releases everything it owns.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the worker without grace, as a crash would: the hub hands its work out again once
    /// its lease has run out. The lease is not renewed after the drop, even while an orchestrator's or an activity's
    /// code still occupies a thread, which nothing can end.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), WorkerError> {
        self.registry.check_states(&self.states)?;
        self.registry.check_defaults(&self.options.default_versions)?;
        let offered = self
            .registry
            .offered(self.options.match_strategy, &self.options.default_versions);
        let determinism_checks = self
            .options
            .checks_in_force(std::env::var(DETERMINISM_CHECKS_VARIABLE))?;
        let build = self.options.build.unwrap_or_else(super::build::this_build);
        let node = self.hub.join(self.offer(build, &offered)?).await?;
        // Without effect after leaving. However else this future ends, what runs on must not keep the lease alive.
        let _lapse = LetLapse(Arc::clone(&node));
        // After joining, which takes over from workers that have died: what they offered counts no more.
        if let Err(missing) = self.check_live_versions().await {
            node.leave().await?;
            return Err(missing);
        }
        let count = self.options.turn_threads.max(1);
        let (threads, inboxes) = Threads::new(count);
        let options = &self.options;
        let shared = Arc::new(Shared {
            node,
            activities: Activities::new(
                &self.registry,
                options.max_concurrent_activities,
                &options.activity_limits,
            ),
            registry: Arc::clone(&self.registry),
            states: Arc::clone(&self.states),
            clock: self.hub.clock(),
            entropy: Arc::clone(&self.entropy),
            default_versions: options.default_versions.clone(),
            build,
            threads,
            runtime: Handle::current(),
            runtime_lives: Life(tokio::spawn(std::future::pending::<()>()).abort_handle()),
            residents_per_thread: options.max_resident_executions.div_ceil(count),
            fails_mismatched: options.mismatch_strategy == MismatchStrategy::Fail,
            determinism_checks,
            closed: Closed::default(),
            offered: offered.into_iter().collect(),
        });
        let mut handles = Vec::with_capacity(count);
        for (index, inbox) in inboxes.into_iter().enumerate() {
            let Some(myself) = shared.threads.way_to(index).cloned() else {
                continue;
            };
            let shared = Arc::clone(&shared);
            let builder = std::thread::Builder::new().name(format!("durable-turns-{index}"));
            // Made on its own thread: executions never leave it.
            handles.push(builder.spawn(move || TurnThread::new(shared, myself).run(&inbox))?);
        }
        // Whatever happens to this future, the threads must end with it.
        let stop = StopThreads(Arc::clone(&shared));
        let fatal = self.work(&shared, shutdown).await;
        shared.activities.stop_taking();
        shared.threads.drain();
        shared
            .activities
            .drain(
                &shared,
                deadline(shared.clock.as_ref(), self.options.shutdown_grace),
            )
            .await;
        drop(stop);
        // The threads end as soon as the hub has answered their commits; joining blocks, so not on this task.
        let joined = tokio::task::spawn_blocking(move || handles.into_iter().for_each(|h| drop(h.join())));
        drop(joined.await);
        let left = shared.node.leave().await;
        match fatal {
            Some(error) => Err(WorkerError::Hub(error)),
            None => Ok(left?),
        }
    }

    /// Fetches and runs until shutdown; returns the error that ended it, if one did.
    async fn work(&self, shared: &Arc<Shared>, shutdown: impl Future<Output = ()>) -> Option<HubError> {
        let slots = Arc::new(Semaphore::new(
            self.options.max_concurrent_turns.clamp(1, Semaphore::MAX_PERMITS),
        ));
        let turns = dispatcher::run(Arc::clone(shared), slots);
        let activities = shared.activities.run(shared);
        let fetches = race(turns, activities);
        match race(shutdown, race(fetches, shared.closed.told())).await {
            Either::Left(()) => None,
            Either::Right(
                Either::Left(Either::Left(error) | Either::Right(error)) | Either::Right(error),
            ) => Some(error),
        }
    }

    fn offer(&self, build: BuildId, orchestrators: &[CodeKey]) -> Result<WorkerOffer, WorkerError> {
        let worker = match &self.options.id {
            Some(id) => id.clone(),
            None => WorkerId::new(&format!("worker-{:016x}", self.entropy.draw() >> 64))?,
        };
        Ok(WorkerOffer {
            worker,
            build,
            orchestrators: orchestrators.to_vec(),
            activities: self.registry.keys(FunctionKind::Activity),
            takes_mismatched: self.options.mismatch_strategy == MismatchStrategy::Fail,
        })
    }
}

/// Lets a worker's lease run out when its future has ended or is dropped. The handle of the hub does so, too, when it is
/// dropped itself, but code that occupies a thread holds it for as long as it likes.
struct LetLapse(Arc<dyn WorkerHub>);

impl Drop for LetLapse {
    fn drop(&mut self) {
        self.0.stop_renewal();
    }
}

/// Ends activities and turn threads when a worker's future ends or is dropped.
struct StopThreads(Arc<Shared>);

impl Drop for StopThreads {
    fn drop(&mut self) {
        self.0.activities.stop_all();
        self.0.threads.stop();
    }
}
