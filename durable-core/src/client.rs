//! The client: the part that starts, signals and queries.

mod draft;
mod error;
mod instance;
mod moves;
mod query;
mod rewind;
mod run;
mod start;
mod start_many;
mod start_named;
mod token;

use std::sync::Arc;

pub use error::{ClientError, RunError};
pub use instance::Instance;
pub use query::Query;
pub(crate) use rewind::kept_by_rewind;
pub use run::Run;
pub use start::Start;
pub use start_named::{Acknowledged, StartNamed};

use crate::function::{Handle, OrchestratorFunction, Recordable, RecordableError};
use crate::hub::{
    CompletionToken, Fence, FenceId, InstanceRecord, PurgeReport, TaskHub, VersionCount, WorkerRecord,
};
use crate::id::InstanceId;
use crate::payload::Payload;
use crate::random::{Entropy, SystemEntropy};
use crate::registry::{DefaultVersions, Registry};

/// Starts, signals and queries instances of a hub. Cheap to clone; usable from any tokio program.
///
/// ```
/// # use std::sync::Arc;
/// # use durable_core::{Failure, client::Client, hub::TaskHub};
/// async fn failed_orders(hub: Arc<dyn TaskHub>) -> Result<usize, Failure> {
///     let client = Client::new(hub)?;
///     let failed = client.query().id_prefix("order-").status(durable_core::hub::InstanceStatus::Failed);
///     Ok(failed.all().await?.len())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    hub: Arc<dyn TaskHub>,
    registry: Arc<Registry>,
    defaults: Arc<DefaultVersions>,
    entropy: Arc<dyn Entropy>,
}

impl Client {
    /// Makes a client that knows the functions of this binary, with the version policy of its environment.
    ///
    /// # Errors
    ///
    /// If functions contradict each other, or `DURABLE_DEFAULT_VERSION` is no version.
    pub fn new(hub: Arc<dyn TaskHub>) -> Result<Self, ClientError> {
        let defaults = DefaultVersions::new().overridden_by(std::env::vars())?;
        let registry = Registry::collected()?;
        registry.check_defaults(&defaults)?;
        Ok(Self::with_registry(hub, Arc::new(registry), defaults))
    }

    /// Makes a client with chosen functions and version policy.
    pub fn with_registry(hub: Arc<dyn TaskHub>, registry: Arc<Registry>, defaults: DefaultVersions) -> Self {
        Self {
            hub,
            registry,
            defaults: Arc::new(defaults),
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// Sets where random ids come from.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Returns the hub.
    pub fn hub(&self) -> &Arc<dyn TaskHub> {
        &self.hub
    }

    /// Starts an instance: `client.start(checkout, order).id("order-42").await?`.
    ///
    /// The plain handle leaves the version to the policy; a pinned one (`checkout_v1`) is the version.
    ///
    /// ```
    #[doc = include_str!("docs/handles.md")]
    /// # use durable_core::client::Client;
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// let run = client
    ///     .start(checkout, 995)
    ///     .id("order-42")
    ///     .tag("shop", "north")
    ///     .await?;
    /// let receipt: String = run.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an input that is handed over may be encoded later without a copy"
    )]
    pub fn start<F, H>(&self, _orchestrator: H, input: F::Input) -> Start<F>
    where
        H: Handle<F::Context, F>,
        F: OrchestratorFunction,
    {
        Start::new(self.clone(), &input)
    }

    /// Holds new instances back: see [`Fence`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use durable_core::{Failure, client::Client, hub::{Fence, FenceId}};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// let fence = Fence {
    ///     id: FenceId::new("release-7")?,
    ///     codes: Vec::new(),
    ///     reason: "release 7 is being deployed".to_owned(),
    ///     until: client.hub().clock().now() + Duration::from_secs(600),
    /// };
    /// client.raise_fence(fence).await?;
    /// // … what is in flight ends, and the deployment is made …
    /// client.lower_fence(&FenceId::new("release-7")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn raise_fence(&self, fence: Fence) -> Result<(), ClientError> {
        Ok(self.hub.raise_fence(fence).await?)
    }

    /// Takes a fence down. Returns whether it was up.
    pub async fn lower_fence(&self, id: &FenceId) -> Result<bool, ClientError> {
        Ok(self.hub.lower_fence(id).await?)
    }

    /// Lists the fences that are up, by name.
    pub async fn fences(&self) -> Result<Vec<Fence>, ClientError> {
        Ok(self.hub.fences().await?)
    }

    /// Returns an instance by its id, without types.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Client};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// client.instance("order-42")?.raise_event("approval", &true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the id is malformed. Whether the instance exists is told by what is asked of it.
    pub fn instance(&self, id: &str) -> Result<Instance, ClientError> {
        Ok(Instance::new(self.clone(), InstanceId::new(id)?))
    }

    /// Returns an instance that was started earlier, with the types of its orchestrator.
    ///
    /// ```
    #[doc = include_str!("docs/handles.md")]
    /// # use durable_core::client::Client;
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// let receipt: String = client.run_of(checkout, "order-42")?.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the id is malformed.
    pub fn run_of<F, H>(&self, _orchestrator: H, id: &str) -> Result<Run<F>, ClientError>
    where
        H: Handle<F::Context, F>,
        F: OrchestratorFunction,
    {
        Ok(Run::new(self.instance(id)?, None))
    }

    /// Lists instances, a page at a time.
    pub fn query(&self) -> Query {
        Query::new(self.clone())
    }

    /// Returns one instance's record.
    pub async fn get(&self, id: &str) -> Result<Option<InstanceRecord>, ClientError> {
        Ok(self.hub.get(&InstanceId::new(id)?).await?)
    }

    /// Counts instances by orchestrator and version: what tells whether a version may be deleted.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Client};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// for count in client.version_counts().await? {
    ///     if count.live() + count.failed == 0 {
    ///         println!("{} version {} has drained", count.name, count.version);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn version_counts(&self) -> Result<Vec<VersionCount>, ClientError> {
        Ok(self.hub.version_counts().await?)
    }

    /// Sets the gauges that only the hub knows: `durable_instances` and `durable_stalled_instances`.
    ///
    /// For a program that reports metrics, as often as they are read. Without the feature `metrics` it does nothing.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Client};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// client.measure().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn measure(&self) -> Result<(), ClientError> {
        if cfg!(feature = "metrics") {
            for count in self.version_counts().await? {
                crate::metrics::tell_instances(&count);
            }
        }
        Ok(())
    }

    /// Lists the workers that are alive.
    pub async fn workers(&self) -> Result<Vec<WorkerRecord>, ClientError> {
        Ok(self.hub.workers().await?)
    }

    /// Completes an activity that gave out its token with a value.
    ///
    /// See [`ActivityContext::completes_later`](crate::ActivityContext::completes_later).
    pub async fn complete_activity<T: Recordable>(
        &self,
        token: &CompletionToken,
        value: &T,
    ) -> Result<(), ClientError> {
        let what = format!("the result of activity `{token}`");
        let value = Payload::encode(value).map_err(ClientError::unencodable(what))?;
        Ok(self.hub.complete_activity(token, Ok(value)).await?)
    }

    /// Completes an activity that gave out its token with an error.
    pub async fn fail_activity<E: RecordableError>(
        &self,
        token: &CompletionToken,
        error: &E,
    ) -> Result<(), ClientError> {
        Ok(self
            .hub
            .complete_activity(token, Err(crate::FailureDetails::of_error(error)))
            .await?)
    }

    /// Short for `client.instance(id)?.purge()`: see [`Instance::purge`].
    pub async fn purge(&self, id: &str) -> Result<PurgeReport, ClientError> {
        self.instance(id)?.purge().await
    }
}
