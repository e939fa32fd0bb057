//! Starting an instance by the name of its orchestrator, without types.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::draft::{Draft, Due, answered};
use super::{Client, ClientError, Instance};
use crate::function::FunctionKind;
use crate::history::TraceContext;
use crate::hub::{IdReuse, TaskHub};
use crate::id::ExecutionId;
use crate::name::WireName;
use crate::payload::Payload;
use crate::registry::{DefaultVersions, Registry};
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

/// A start by name in the making: awaited, it is sent, and acknowledged once it is stored.
///
/// As a [`Start`](super::Start), it may be sent again when its answer was lost: its clones are one start.
#[derive(Debug, Clone)]
#[must_use = "nothing is started until this is awaited"]
pub struct StartNamed {
    client: Client,
    name: String,
    input: Payload,
    draft: Draft,
}

/// What the hub has answered to a start by name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Acknowledged {
    /// The instance.
    pub instance: Instance,
    /// The execution that the start made or found.
    pub execution: ExecutionId,
    /// Whether it made it. If not, an instance of the id was there, and was left as it is.
    pub is_new: bool,
}

impl Client {
    /// Makes a client that knows no functions: for tools, which start, signal and query by names alone.
    ///
    /// What it starts without a version gets that which the worker's policy chooses at the first turn.
    pub fn without_code(hub: Arc<dyn TaskHub>) -> Self {
        Self::with_registry(hub, Arc::new(Registry::default()), DefaultVersions::new())
    }

    /// Returns whether this binary has an orchestrator of the name, in any version.
    pub fn knows(&self, name: &WireName) -> bool {
        self.registry.has_name(FunctionKind::Orchestrator, name)
    }

    /// Starts an instance by the wire name of its orchestrator, whose code may be in other processes only.
    ///
    /// The version is the one asked for, else the configured default, else the current one of this binary; if this binary
    /// does not know the name, the first worker that takes the instance chooses by its own policy. Nothing checks that the
    /// input fits: an orchestrator that cannot read it fails. Where the code is at hand, [`Client::start`] has types.
    ///
    /// ```
    /// # use durable_core::{Failure, Payload, client::Client};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// let order = client
    ///     .start_named("checkout", Payload::from_json("995")?)
    ///     .id("order-42")
    ///     .await?;
    /// order.wait_ended().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_named(&self, name: impl Into<String>, input: Payload) -> StartNamed {
        StartNamed {
            client: self.clone(),
            name: name.into(),
            input,
            draft: Draft::new(self),
        }
    }
}

impl StartNamed {
    /// Chooses the instance's id; drawn by time and at random otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.draft.id = Some(id.into());
        self
    }

    /// Asks for a version, whether this binary has it or not.
    pub fn version(mut self, version: Version) -> Self {
        self.draft.version = Some(version);
        self
    }

    /// Lets the first turn wait until a moment.
    pub fn at(mut self, moment: Timestamp) -> Self {
        self.draft.due = Some(Due::At(moment));
        self
    }

    /// Lets the first turn wait for a duration.
    pub fn after(mut self, duration: Duration) -> Self {
        self.draft.due = Some(Due::After(duration));
        self
    }

    /// Attaches a tag to find the instance by.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.draft.tags.insert(name.into(), value.into());
        self
    }

    /// Says what happens when the id is taken.
    pub fn on_existing(mut self, reuse: IdReuse) -> Self {
        self.draft.reuse = reuse;
        self
    }

    /// Lets the start belong to a trace that came from elsewhere, as with the headers of a request. A malformed context is
    /// ignored.
    pub fn in_trace(mut self, context: TraceContext) -> Self {
        self.draft.trace = Some(Box::new(context));
        self
    }

    /// Sends it as awaiting does, and tells besides whether the instance is new.
    pub async fn acknowledged(self) -> Result<Acknowledged, ClientError> {
        let Self {
            client,
            name,
            input,
            draft,
        } = self;
        let name = WireName::new(&name)?;
        let instance = draft.instance()?;
        let version = draft
            .version
            .or_else(|| client.registry.default_version(&client.defaults, &name))
            .map_or(RecordedVersion::Blank, RecordedVersion::Known);
        let code = (name.clone(), version.clone());
        let (request, span) = draft.into_request(&client, instance.clone(), code, input);
        let outcome = client.hub.start(request).await?;
        drop(span);
        let (execution, is_new) = answered(&name, &version, outcome)?;
        Ok(Acknowledged {
            instance: Instance::new(client, instance),
            execution,
            is_new,
        })
    }
}

impl IntoFuture for StartNamed {
    type Output = Result<Instance, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.acknowledged().await?.instance) })
    }
}
