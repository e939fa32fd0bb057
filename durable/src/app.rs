//! The app: a worker and a client on one hub, set up in one place.

mod command;
mod error;
mod running;
mod signal;

use std::ffi::OsString;
use std::pin::Pin;
use std::sync::Arc;

pub use error::AppError;
pub use running::Running;

use durable_core::activity::StateMap;
use durable_core::client::Client;
use durable_core::hub::{Access, DescribesHub, TaskHub};
use durable_core::registry::{DefaultVersions, Registry};
use durable_core::worker::{Worker, WorkerOptions};

/// A program of durable functions: all that the macros registered in this binary, on one hub.
///
#[cfg_attr(feature = "sqlite", doc = "```no_run")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// use durable::prelude::*;
///
/// #[durable::main]
/// async fn main() -> durable::Result<()> {
///     App::new(SqliteHub::at("shop.db")).run().await?;
///     Ok(())
/// }
/// ```
///
/// A program that starts instances as well works in the background:
///
/// ```
/// use durable::hub::DescribesHub;
/// use durable::prelude::*;
///
/// #[orchestrator]
/// async fn hello(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
///     Ok(format!("Hello, {name}!"))
/// }
///
/// async fn greet(hub: impl DescribesHub) -> durable::Result<()> {
///     let app = App::new(hub).start().await?;
///     let run = app.client().start(hello, "Ada".to_owned()).await?;
///     println!("{}", run.wait().await?);
///     Ok(app.shutdown().await?)
/// }
/// ```
#[derive(Debug)]
pub struct App {
    hub: Box<dyn DescribesHub>,
    states: StateMap,
    options: WorkerOptions,
    registry: Option<Registry>,
}

/// A future whose code is compiled with this crate. That of an `async fn` is compiled with whoever awaits it: the whole
/// worker, in each build of the user's program.
type CompiledHere<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl App {
    /// Makes an app on a hub. Nothing is opened yet.
    pub fn new(hub: impl DescribesHub) -> Self {
        Self {
            hub: Box::new(hub),
            states: StateMap::new(),
            options: WorkerOptions::default(),
            registry: None,
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

    /// Uses chosen functions instead of all that the macros registered.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Works until SIGTERM or ctrl-c, then stops gracefully; at once, with an error, if a second one comes meanwhile.
    ///
    /// If the first argument of the program is `durable`, the built-in command that follows it runs instead:
    /// `shop durable versions`; `shop durable help` lists them. One that succeeds returns from here; else the process
    /// ends with the command's exit code: 1 for findings, 2 for arguments that make no sense, 3 if it could not be done.
    pub async fn run(self) -> Result<(), AppError> {
        self.run_here().await
    }

    fn run_here(self) -> CompiledHere<Result<(), AppError>> {
        Box::pin(self.obey_or_work(std::env::args_os().collect()))
    }

    async fn obey_or_work(self, arguments: Vec<OsString>) -> Result<(), AppError> {
        let mut arguments = arguments.into_iter();
        let program = arguments.next().unwrap_or_default();
        if arguments.next().is_some_and(|first| first == "durable") {
            let program = std::path::Path::new(&program).file_name().unwrap_or(&program);
            let program = program.to_string_lossy();
            command::run(&self, &program, arguments.collect()).await.leave();
            return Ok(());
        }
        // Listened for before anything starts: a request that comes early must not kill the process.
        let requests = signal::Requests::listen();
        self.start().await?.run_until(requests).await
    }

    /// Starts working in the background, and returns what controls it.
    pub async fn start(self) -> Result<Running, AppError> {
        self.start_here().await
    }

    fn start_here(self) -> CompiledHere<Result<Running, AppError>> {
        Box::pin(self.open_and_start())
    }

    async fn open_and_start(self) -> Result<Running, AppError> {
        let (registry, defaults) = self.policy()?;
        let hub = self.hub.open(Access::ReadWrite).await?;
        let client = Client::with_registry(Arc::clone(&hub), Arc::clone(&registry), defaults.clone());
        let mut options = self.options;
        options.default_versions = defaults;
        let worker = Worker::with_registry(hub, registry)
            .states(self.states)
            .options(|own| *own = options);
        Running::spawn(worker, client).await
    }

    /// Opens the hub without working on it.
    pub async fn client(&self) -> Result<Client, AppError> {
        let (registry, defaults) = self.policy()?;
        let hub: Arc<dyn TaskHub> = self.hub.open(Access::ReadWrite).await?;
        Ok(Client::with_registry(hub, registry, defaults))
    }

    /// Returns the functions and the version policy: what was configured, overridden by the environment.
    fn policy(&self) -> Result<(Arc<Registry>, DefaultVersions), AppError> {
        let registry = match &self.registry {
            Some(registry) => registry.clone(),
            None => Registry::collected()?,
        };
        let defaults = self
            .options
            .default_versions
            .clone()
            .overridden_by(std::env::vars())?;
        registry.check_defaults(&defaults)?;
        Ok((Arc::new(registry), defaults))
    }
}
