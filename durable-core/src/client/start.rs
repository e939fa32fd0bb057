//! Starting an instance.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use super::draft::{Draft, Due, answered};
use super::{Client, ClientError, Instance, Run};
use crate::function::DurableFunction;
use crate::history::TraceContext;
use crate::hub::{IdReuse, StartOutcome, StartRequest};
use crate::id::{ExecutionId, InstanceId};
use crate::name::{EventName, WireName};
use crate::payload::{Payload, PayloadError};
use crate::registry::{HandleTypes, TypeInfo};
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

/// A start in the making: awaited, it is sent, and acknowledged once it is stored.
///
/// A start whose answer was lost may be sent again: its clones are one start, whichever of them arrive.
// Any function: where an orchestrator is wanted, `Client::start` says so, once.
#[must_use = "nothing is started until this is awaited"]
pub struct Start<F: DurableFunction> {
    client: Client,
    input: Result<Payload, PayloadError>,
    draft: Draft,
    raise: Option<(String, Result<Payload, PayloadError>)>,
    function: PhantomData<fn() -> F>,
}

impl<F: DurableFunction> Clone for Start<F> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            input: self.input.clone(),
            draft: self.draft.clone(),
            raise: self.raise.clone(),
            function: PhantomData,
        }
    }
}

// Derived, it would ask for markers that have a `Debug`.
impl<F: DurableFunction> fmt::Debug for Start<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("name", &F::NAME)
            .field("id", &self.draft.id)
            .field("execution", &self.draft.execution)
            .finish_non_exhaustive()
    }
}

impl<F: DurableFunction> Start<F> {
    pub(super) fn new(client: Client, input: &F::Input) -> Self {
        Self {
            draft: Draft::new(&client),
            client,
            input: Payload::encode(input),
            raise: None,
            function: PhantomData,
        }
    }

    /// Chooses the instance's id; drawn by time and at random otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.draft.id = Some(id.into());
        self
    }

    /// Asks for a version, whatever the policy says.
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

    /// Makes the start idempotent over processes: every start of the orchestrator with the same key and id is one start.
    ///
    /// Without an id of its own, the instance gets one that the key decides. Sending a clone of a start again needs no
    /// key: clones are one start.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        let mut random = crate::replay::Random::from_text(&format!("{}/{key}", F::NAME));
        let mut draw = || (u128::from(random.next()) << 64) | u128::from(random.next());
        self.draft.execution = ExecutionId::from_random(draw());
        // Not by the time: another process is to find the same.
        self.draft.drawn_id = InstanceId::draw(Timestamp::from_micros(0), draw());
        self
    }

    /// Starts the instance if there is none with the id, and delivers an event to it in either case, in one step.
    pub fn or_raise<T: serde::Serialize>(mut self, name: impl Into<String>, data: &T) -> Self {
        self.draft.reuse = IdReuse::UseExisting;
        self.raise = Some((name.into(), Payload::encode(data)));
        self
    }

    /// Lets the start belong to a trace that came from elsewhere, as with the headers of a request. A malformed context is
    /// ignored. Without it the start belongs to the span in which it is made: see [`trace`](crate::trace).
    pub fn in_trace(mut self, context: TraceContext) -> Self {
        self.draft.trace = Some(Box::new(context));
        self
    }

    async fn send(self) -> Result<Run<F>, ClientError> {
        let client = self.client.clone();
        let (sent, request) = self.prepare()?;
        let outcome = client.hub.start(request).await?;
        sent.answered(client, outcome)
    }

    /// Makes what the hub is asked for.
    pub(super) fn prepare(self) -> Result<(Sent<F>, StartRequest), ClientError> {
        let Self {
            client,
            input,
            draft,
            raise,
            function: _,
        } = self;
        let instance = draft.instance()?;
        let name = WireName::new(F::NAME)?;
        let choice = client.registry.choose(
            &client.defaults,
            &name,
            &types_of::<F>(&client, &name),
            draft.version,
            input.map_err(ClientError::unencodable(format!("the input of `{}`", F::NAME)))?,
        )?;
        let raise = match raise {
            Some((name, data)) => {
                let what = format!("the data of event `{name}`");
                Some((
                    EventName::new(&name)?,
                    data.map_err(ClientError::unencodable(what))?,
                ))
            }
            None => None,
        };
        let code = (name.clone(), RecordedVersion::Known(choice.version));
        let (mut request, span) = draft.into_request(&client, instance.clone(), code, choice.input);
        request.raise = raise;
        let sent = Sent {
            instance,
            name,
            version: choice.version,
            _span: span,
            function: PhantomData,
        };
        Ok((sent, request))
    }
}

/// A start that is on its way to the hub.
pub(super) struct Sent<F> {
    instance: InstanceId,
    name: WireName,
    version: Version,
    /// Ends with the answer.
    _span: tracing::Span,
    function: PhantomData<fn() -> F>,
}

impl<F> Sent<F> {
    /// Returns what the hub's answer means.
    pub(super) fn answered(self, client: Client, outcome: StartOutcome) -> Result<Run<F>, ClientError> {
        let (execution, _) = answered(&self.name, &self.version, outcome)?;
        Ok(Run::new(Instance::new(client, self.instance), Some(execution)))
    }
}

/// Returns what the handle knows of itself; the registry's row, if there is one, knows the schemas as well.
fn types_of<F: DurableFunction>(client: &Client, name: &WireName) -> HandleTypes {
    let row = client
        .registry
        .find(crate::function::FunctionKind::Orchestrator, name, F::VERSION);
    HandleTypes {
        version: F::VERSION,
        pinned: F::PINNED,
        input: row.map_or(TypeInfo::of::<F::Input>(), |row| row.input),
        output: row.map_or(TypeInfo::of::<F::Output>(), |row| row.output),
        error: row.map_or(TypeInfo::of::<F::Error>(), |row| row.error),
    }
}

impl<F: DurableFunction> IntoFuture for Start<F>
where
    F::Input: Send,
{
    type Output = Result<Run<F>, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
