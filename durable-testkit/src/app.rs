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
/// ```no_run
/// # use durable_core::function::{DurableFunction, Invocation};
/// # use durable_core::{ActivityContext, Failure, OrchestrationContext, Version};
/// # // What `#[activity] async fn charge(ctx, cents: u64) -> Result<String, Failure>` makes.
/// # #[allow(non_camel_case_types)]
/// # enum charge {}
/// # impl DurableFunction for charge {
/// #     type Context = ActivityContext;
/// #     type Input = u64;
/// #     type Output = String;
/// #     type Error = Failure;
/// #     const NAME: &'static str = "charge";
/// #     const VERSION: Version = Version::ONE;
/// #     const PINNED: bool = false;
/// # }
/// # fn charge(_: ActivityContext, cents: u64) -> Invocation<charge> {
/// #     Invocation::new(async move { Ok(format!("{cents} cents")) })
/// # }
/// # // What `#[orchestrator] async fn checkout(ctx, cents: u64) -> Result<String, Failure>` makes.
/// # #[allow(non_camel_case_types)]
/// # enum checkout {}
/// # impl DurableFunction for checkout {
/// #     type Context = OrchestrationContext;
/// #     type Input = u64;
/// #     type Output = String;
/// #     type Error = Failure;
/// #     const NAME: &'static str = "checkout";
/// #     const VERSION: Version = Version::ONE;
/// #     const PINNED: bool = false;
/// # }
/// # fn checkout(ctx: OrchestrationContext, cents: u64) -> Invocation<checkout> {
/// #     Invocation::new(async move { Ok(ctx.call(charge, cents).await?) })
/// # }
/// # fn main() -> Result<(), Failure> {
/// use durable_core::orchestration::days;
/// use durable_testkit::TestApp;
///
/// let app = TestApp::new()?;
/// let charged = app.mock(charge, |cents| Ok(format!("{cents} cents")));
/// app.run(async |app| {
///     let run = app.start(checkout, 995).id("order-1").await?;
///     app.advance(days(3)).await;             // no waiting: the clock is moved
///     assert_eq!(run.wait().await?, "995 cents");
///     assert_eq!(charged.count(), 1);
///     Ok(())
/// })
/// # }
/// ```
///
/// `checkout` and `charge` are an orchestrator and the activity that it calls.
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
