//! Orchestrators under test: in memory, in virtual time, with activities replaced by mocks.

mod mock;
mod staff;

use std::sync::Arc;
use std::time::Duration;

use durable_core::activity::StateMap;
use durable_core::client::{Client, Start};
use durable_core::function::{ActivityFunction, Invocation, OrchestratorFunction};
use durable_core::hub::TaskHub;
use durable_core::registry::{Registry, RegistryErrors};
use durable_core::worker::{Worker, WorkerOptions};
use durable_core::{ActivityContext, Clock, OrchestrationContext, Timestamp};

pub use self::mock::Mocked;
use self::mock::Mocks;
use self::staff::Staff;
use crate::{ManualClock, MemoryHub};

/// Runs the durable functions of a test binary in virtual time.
///
/// ```ignore
/// let app = TestApp::new()?;
/// let charged = app.mock(charge, |order: Order| Ok(Receipt::for_order(&order)));
/// app.run(async |app| {
///     let run = app.start(checkout, order).id("order-1").await?;
///     app.advance(days(3)).await;             // no waiting: the clock is moved
///     assert!(run.wait().await.is_err());     // expired
///     assert_eq!(charged.count(), 0);
/// });
/// ```
#[derive(Debug)]
pub struct TestApp {
    hub: MemoryHub,
    clock: ManualClock,
    registry: Registry,
    states: StateMap,
    mocks: Arc<Mocks>,
    options: WorkerOptions,
}

impl TestApp {
    /// Makes an app of everything the macros registered in this binary.
    pub fn new() -> Result<Self, RegistryErrors> {
        Ok(Self::with_registry(Registry::collected()?))
    }

    /// Makes an app of chosen functions.
    pub fn with_registry(registry: Registry) -> Self {
        let clock = ManualClock::new();
        Self {
            hub: MemoryHub::new(Arc::new(clock.clone())),
            clock,
            registry,
            states: StateMap::new(),
            mocks: Arc::default(),
            options: WorkerOptions::default(),
        }
    }

    /// Adds shared state that activities read by `ctx.state::<T>()`.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// Changes the worker's settings.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut WorkerOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Replaces an activity, in the version of the handle, by a closure. The returned value counts its calls.
    pub fn mock<F, H>(
        &self,
        _activity: H,
        answer: impl Fn(F::Input) -> Result<F::Output, F::Error> + Send + Sync + 'static,
    ) -> Mocked
    where
        H: Fn(ActivityContext, F::Input) -> Invocation<F>,
        F: ActivityFunction,
    {
        self.mocks.add::<F>(answer)
    }

    /// Runs a test with a worker beside it, on a runtime of its own.
    ///
    /// # Panics
    ///
    /// If the test panics, if the worker fails, or if the operating system refuses the runtime's threads.
    #[expect(clippy::expect_used, reason = "documented: this is the body of a test")]
    pub fn run<T>(self, test: impl AsyncFnOnce(&RunningTest) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build();
        let runtime = runtime.expect("the runtime's threads must start");
        runtime.block_on(async move {
            let running = RunningTest::begin(self).await;
            let result = test(&running).await;
            running.staff.dismiss().await;
            result
        })
    }
}

/// A test app at work: starts orchestrators and moves time.
#[derive(Debug)]
pub struct RunningTest {
    client: Client,
    hub: MemoryHub,
    clock: ManualClock,
    staff: Staff,
}

impl RunningTest {
    async fn begin(app: TestApp) -> Self {
        let TestApp {
            hub,
            clock,
            registry,
            mut states,
            mocks,
            options,
        } = app;
        let registry = Arc::new(mocks.apply(&registry));
        states.insert(mocks);
        let defaults = options.default_versions.clone();
        let shared: Arc<dyn TaskHub> = Arc::new(hub.clone());
        let client = Client::with_registry(Arc::clone(&shared), Arc::clone(&registry), defaults);
        let worker = Worker::with_registry(shared, registry)
            .states(states)
            .options(|own| *own = options);
        let staff = Staff::new(worker);
        staff.employ(&hub).await;
        Self {
            client,
            hub,
            clock,
            staff,
        }
    }

    /// Starts an orchestrator: see [`Client::start`].
    pub fn start<F, H>(&self, orchestrator: H, input: F::Input) -> Start<F>
    where
        H: Fn(OrchestrationContext, F::Input) -> Invocation<F>,
        F: OrchestratorFunction,
    {
        self.client.start(orchestrator, input)
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the hub.
    pub fn hub(&self) -> &MemoryHub {
        &self.hub
    }

    /// Returns the present moment of the virtual time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until everything has come to rest: only time, an event or a start can make anything happen.
    pub async fn settle(&self) {
        self.hub.settled().await;
    }

    /// Moves time on by a duration. Every timer on the way fires at its moment, and what it sets off comes to rest first.
    pub async fn advance(&self, duration: Duration) {
        self.settle().await;
        let until = self.clock.now().saturating_add(duration);
        while let Some(due) = self.hub.next_due().filter(|due| *due <= until) {
            self.clock.advance_to(due);
            self.settle().await;
        }
        self.clock.advance_to(until);
        self.settle().await;
    }

    /// Returns the virtual clock, to move time while an activity runs: [`advance`](Self::advance) waits for those.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Lets the worker's process die, as `kill -9` would, and starts another in its place.
    ///
    /// What the worker had in memory is gone, activities that ran are run again, and its lease ends at once.
    pub async fn crash(&self) {
        self.staff.crash(&self.hub).await;
        self.staff.employ(&self.hub).await;
    }

    /// Stops the worker gracefully, as a deployment does, and starts another in its place.
    ///
    /// # Panics
    ///
    /// If the worker ends with an error.
    pub async fn restart(&self) {
        self.staff.dismiss().await;
        self.staff.employ(&self.hub).await;
    }
}
