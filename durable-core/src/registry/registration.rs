//! One registered function: the row that a macro submits at link time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{BodyFingerprint, Callee, Helper, TypeInfo};
use crate::activity::ActivityContext;
use crate::failure::FailureDetails;
use crate::function::{CallOptions, DurableFunction, FunctionKind, MigrateInto};
use crate::orchestration::OrchestrationContext;
use crate::payload::Payload;
use crate::replay::{Halt, HaltReason};
use crate::version::Version;

/// A place in the user's source, as compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePlace {
    /// The package, if it was built by cargo.
    pub package: Option<&'static str>,
    /// The crate and module.
    pub module: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What `continue_as_new` does by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// Stays on the version.
    #[default]
    Never,
    /// Moves to the current version: `#[orchestrator(upgrade = "latest")]`.
    Latest,
}

/// An orchestrator's future with input and output encoded. Not `Send`: it lives on one thread.
pub type ErasedOrchestrator = Pin<Box<dyn Future<Output = Result<Payload, FailureDetails>>>>;

/// An activity's future with input and output encoded.
pub type ErasedActivity = Pin<Box<dyn Future<Output = Result<Payload, FailureDetails>> + Send>>;

/// Starts an orchestrator on an encoded input.
pub type OrchestratorRunner = fn(OrchestrationContext, Payload) -> ErasedOrchestrator;

/// How an activity is started.
#[derive(Clone, Copy)]
pub enum ActivityRunner {
    /// An `async fn`.
    Async(fn(ActivityContext, Payload) -> ErasedActivity),
    /// A plain `fn` that may block its thread: `#[activity(blocking)]`.
    Blocking(fn(ActivityContext, Payload) -> Result<Payload, FailureDetails>),
}

impl fmt::Debug for ActivityRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "async",
            Self::Blocking(_) => "blocking",
        })
    }
}

/// How the function is started.
#[derive(Debug, Clone, Copy)]
pub enum Runner {
    /// An orchestrator.
    Orchestrator(OrchestratorRunner),
    /// An activity.
    Activity(ActivityRunner),
}

/// One version of one function.
#[derive(Clone, Copy)]
pub struct Registration {
    /// The wire name.
    pub name: &'static str,
    /// The version.
    pub version: Version,
    /// Whether new instances and plain handles use this version.
    pub current: bool,
    /// What continue-as-new does.
    pub upgrade: Upgrade,
    /// Where the function stands.
    pub place: SourcePlace,
    /// Its input type.
    pub input: TypeInfo,
    /// Its output type.
    pub output: TypeInfo,
    /// Its error type.
    pub error: TypeInfo,
    /// The fingerprint of its body, if it is an orchestrator.
    pub body: Option<BodyFingerprint>,
    /// The functions whose handles its body names, in the order of its text.
    pub callees: fn() -> Vec<Callee>,
    /// The deterministic functions it calls.
    pub helpers: fn() -> Vec<Helper>,
    /// The types of shared state that its body asks for by `ctx.state::<T>()`.
    pub states: &'static [TypeInfo],
    /// How many may run at once in one worker: `#[activity(max_concurrent = 4)]`.
    pub max_concurrent: Option<u32>,
    /// What the attribute says about every call.
    pub call_options: fn() -> CallOptions,
    /// How it is started.
    pub runner: Runner,
}

impl Registration {
    /// Returns whether it is an orchestrator or an activity.
    pub fn kind(&self) -> FunctionKind {
        match self.runner {
            Runner::Orchestrator(_) => FunctionKind::Orchestrator,
            Runner::Activity(_) => FunctionKind::Activity,
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} `{}` version {} at {}",
            self.kind(),
            self.name,
            self.version,
            self.place
        )
    }
}

/// What the macros submit through `inventory`: a function, so that the compiler evaluates nothing of the row.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Row(pub fn() -> Registration);

inventory::collect!(Row);

impl Registration {
    /// Returns the functions of this binary, in the linker's order.
    #[doc(hidden)]
    pub fn collected() -> impl Iterator<Item = Self> {
        inventory::iter::<Row>.into_iter().map(|row| (row.0)())
    }
}

/// One `#[migrate]` function.
#[derive(Clone, Copy)]
pub struct Migration {
    /// The old input type.
    pub from: TypeInfo,
    /// The new input type.
    pub to: TypeInfo,
    /// Where the function stands.
    pub place: SourcePlace,
    /// Decodes the old input, converts it, and encodes the new one.
    pub convert: fn(&Payload) -> Result<Payload, FailureDetails>,
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "migration from `{:?}` to `{:?}` at {}",
            self.from, self.to, self.place
        )
    }
}

inventory::collect!(Migration);

/// Starts an orchestrator on an encoded input.
#[doc(hidden)]
pub fn erase_orchestrator<F>(ctx: OrchestrationContext, input: Payload) -> ErasedOrchestrator
where
    F: DurableFunction<Context = OrchestrationContext>,
{
    erase_orchestrator_body::<F, _>(ctx, input, F::invoke)
}

/// Starts an orchestrator with another body than its own, as tests of the engine want.
#[doc(hidden)]
pub fn erase_orchestrator_body<F, Fut>(
    ctx: OrchestrationContext,
    input: Payload,
    body: fn(OrchestrationContext, F::Input) -> Fut,
) -> ErasedOrchestrator
where
    F: DurableFunction<Context = OrchestrationContext>,
    Fut: Future<Output = Result<F::Output, F::Error>> + 'static,
{
    Box::pin(async move {
        let input = match input.decode::<F::Input>() {
            Ok(input) => input,
            Err(error) => {
                // The instance is blocked and intact, not failed: code that reads the input can still come.
                let message = format!("the input of orchestrator `{}`: {error}", F::NAME);
                ctx.halt(Halt::new(HaltReason::Undecodable, message));
                return std::future::pending().await;
            }
        };
        encode_outcome::<F>(body(ctx, input).await)
    })
}

/// Starts an async activity on an encoded input.
#[doc(hidden)]
pub fn erase_activity<F>(ctx: ActivityContext, input: Payload) -> ErasedActivity
where
    F: DurableFunction<Context = ActivityContext>,
{
    Box::pin(async move {
        // The input itself need not be `Send`: it is in no scope that awaits.
        let invocation = match input.decode::<F::Input>() {
            Ok(input) => F::invoke(ctx, input),
            Err(error) => return Err(FailureDetails::of_payload("input", F::NAME, &error)),
        };
        encode_outcome::<F>(invocation.await)
    })
}

/// The body of a blocking activity.
type BlockingBody<F> = fn(
    ActivityContext,
    <F as DurableFunction>::Input,
) -> Result<<F as DurableFunction>::Output, <F as DurableFunction>::Error>;

/// Runs a blocking activity on an encoded input. Generated code names it with the user's body as `body`.
#[doc(hidden)]
pub fn erase_blocking<F>(
    ctx: ActivityContext,
    input: &Payload,
    body: BlockingBody<F>,
) -> Result<Payload, FailureDetails>
where
    F: DurableFunction<Context = ActivityContext>,
{
    let input = input
        .decode::<F::Input>()
        .map_err(|e| FailureDetails::of_payload("input", F::NAME, &e))?;
    encode_outcome::<F>(body(ctx, input))
}

fn encode_outcome<F: DurableFunction>(
    outcome: Result<F::Output, F::Error>,
) -> Result<Payload, FailureDetails> {
    match outcome {
        Ok(value) => Payload::encode(&value).map_err(|e| FailureDetails::of_payload("output", F::NAME, &e)),
        Err(error) => Err(FailureDetails::of_error(&error)),
    }
}

/// Converts an encoded input through `MigrateInto`. Generated code names it.
#[doc(hidden)]
pub fn erase_migration<Old, New>(input: &Payload) -> Result<Payload, FailureDetails>
where
    Old: crate::function::Recordable + MigrateInto<New>,
    New: crate::function::Recordable,
{
    let name = std::any::type_name::<Old>();
    let old = input
        .decode::<Old>()
        .map_err(|e| FailureDetails::of_payload("input", name, &e))?;
    Payload::encode(&old.migrate()).map_err(|e| FailureDetails::of_payload("input", name, &e))
}

/// Lets a closure of a test answer for an activity. The test kit names it.
#[doc(hidden)]
pub fn answer_mock<F>(
    input: &Payload,
    answer: &dyn Fn(F::Input) -> Result<F::Output, F::Error>,
) -> Result<Payload, FailureDetails>
where
    F: DurableFunction<Context = ActivityContext>,
{
    let input = input
        .decode::<F::Input>()
        .map_err(|e| FailureDetails::of_payload("input", F::NAME, &e))?;
    encode_outcome::<F>(answer(input))
}
