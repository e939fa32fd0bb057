//! Orchestrators under test: in memory, in virtual time, with activities replaced by mocks.

mod mock;
mod release;
mod staff;

use std::sync::Arc;
use std::time::Duration;

use durable_core::activity::StateMap;
use durable_core::client::{Client, Start};
use durable_core::function::{ActivityFunction, Handle, OrchestratorFunction};
use durable_core::registry::{Registry, RegistryErrors};
use durable_core::worker::WorkerOptions;
use durable_core::{Clock, Timestamp};

pub use self::mock::Mocked;
use self::mock::Mocks;
use self::release::{Deployment, Release};
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
/// #     fn invoke(_: ActivityContext, cents: u64) -> Invocation<Self> {
/// #         Invocation::<Self>::new(Box::pin(async move { Ok(format!("{cents} cents")) }))
/// #     }
/// # }
/// # fn charge(ctx: ActivityContext, cents: u64) -> Invocation<charge> {
/// #     charge::invoke(ctx, cents)
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
/// #     fn invoke(ctx: OrchestrationContext, cents: u64) -> Invocation<Self> {
/// #         Invocation::<Self>::new(Box::pin(async move { Ok(ctx.call(charge, cents).await?) }))
/// #     }
/// # }
/// # fn checkout(ctx: OrchestrationContext, cents: u64) -> Invocation<checkout> {
/// #     checkout::invoke(ctx, cents)
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
        H: Handle<F::Context, F>,
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
    deployment: Deployment,
    releases: Release,
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
        states.insert(Arc::clone(&mocks));
        let deployment = Deployment {
            hub,
            states,
            mocks,
            options,
        };
        let running = Self {
            releases: deployment.release(&registry),
            deployment,
            clock,
            staff: Staff::default(),
        };
        running.employ().await;
        running
    }

    async fn employ(&self) {
        let worker = self.releases.latest().worker.clone();
        self.staff.employ(worker, &self.deployment.hub).await;
    }

    /// Starts an orchestrator: see [`Client::start`].
    pub fn start<F, H>(&self, orchestrator: H, input: F::Input) -> Start<F>
    where
        H: Handle<F::Context, F>,
        F: OrchestratorFunction,
    {
        self.client().start(orchestrator, input)
    }

    /// Returns the client of the latest release.
    pub fn client(&self) -> &Client {
        &self.releases.latest().client
    }

    /// Returns the hub.
    pub fn hub(&self) -> &MemoryHub {
        &self.deployment.hub
    }

    /// Returns the present moment of the virtual time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until everything has come to rest: only time, an event or a start can make anything happen.
    pub async fn settle(&self) {
        self.hub().settled().await;
    }

    /// Moves time on by a duration. Every timer on the way fires at its moment, and what it sets off comes to rest first.
    pub async fn advance(&self, duration: Duration) {
        self.settle().await;
        let until = self.clock.now().saturating_add(duration);
        while let Some(due) = self.hub().next_due().filter(|due| *due <= until) {
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
        self.staff.crash(self.hub()).await;
        self.employ().await;
    }

    /// Stops the worker gracefully, and starts another of the same release in its place.
    ///
    /// # Panics
    ///
    /// If the worker ends with an error.
    pub async fn restart(&self) {
        self.staff.dismiss().await;
        self.employ().await;
    }

    /// Plays a deployment: stops the worker gracefully and starts one with these functions on the same hub.
    ///
    /// From now on [`client`](Self::client) and [`start`](Self::start) follow the version policy of these functions.
    /// Mocks, shared state and settings stay. Releases are modules of the test binary:
    /// [`Registry::collected_in`](durable_core::registry::Registry::collected_in).
    ///
    /// # Panics
    ///
    /// If the worker of the old release ends with an error, or the one of the new release refuses to start.
    pub async fn redeploy(&self, release: Registry) {
        self.staff.dismiss().await;
        self.replace(&release).await;
    }

    /// Plays a deployment after a crash: like [`redeploy`](Self::redeploy), but the old worker dies as in
    /// [`crash`](Self::crash).
    ///
    /// # Panics
    ///
    /// If the worker of the new release refuses to start.
    pub async fn crash_and_redeploy(&self, release: Registry) {
        self.staff.crash(self.hub()).await;
        self.replace(&release).await;
    }

    async fn replace(&self, release: &Registry) {
        self.releases.follow_with(self.deployment.release(release));
        self.employ().await;
    }
}
