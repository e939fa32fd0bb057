//! Continue-as-new.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};
use crate::function::{DurableFunction, Handle, MigrateInto, OrchestratorFunction, Recordable};
use crate::payload::{Payload, PayloadError};
use crate::replay::{EngineRef, Halt, HaltReason, NextInput};
use crate::version::Version;

/// Ends the execution and starts the next one with another input. Never resolves.
///
/// It yields whatever type the place wants, so it stands as an orchestrator's last expression:
/// `return ctx.continue_as_new(next).await;`
///
/// ```
/// # use durable_core::{Failure, OrchestrationContext};
/// async fn inbox(ctx: OrchestrationContext, seen: u64) -> Result<(), Failure> {
///     let _message: String = ctx.event("message").await;
///     // … handle it; messages that came meanwhile are waiting in the next execution …
///     ctx.continue_as_new(seen + 1).await
/// }
/// ```
#[must_use = "nothing happens until this is awaited"]
pub struct ContinueAsNew<I, T> {
    engine: EngineRef,
    place: &'static Location<'static>,
    input: Option<Box<dyn FnOnce() -> Result<Payload, PayloadError>>>,
    // Boxed so that the future is `Unpin` whatever the input is.
    value: Option<Box<I>>,
    target: Option<(&'static str, Version)>,
    output: PhantomData<fn() -> T>,
}

/// A function whose input can be made of an `I`.
///
/// Asked of the function and not of the input: while the function is not inferred yet, the compiler would take the input's
/// conversion to itself for the only one there is, and complain about types instead of the missing `#[migrate]`.
pub trait ContinuesFrom<I>: DurableFunction {
    /// Returns the function's input.
    #[doc(hidden)]
    fn continues_from(old: I) -> Self::Input;
}

impl<I: MigrateInto<F::Input>, F: DurableFunction> ContinuesFrom<I> for F {
    fn continues_from(old: I) -> F::Input {
        old.migrate()
    }
}

impl<I: Recordable, T> ContinueAsNew<I, T> {
    pub(super) fn new(engine: EngineRef, place: &'static Location<'static>, input: I) -> Self {
        Self {
            engine,
            place,
            input: None,
            value: Some(Box::new(input)),
            target: None,
            output: PhantomData,
        }
    }

    /// Goes on with another version. An input of another type is converted by its `#[migrate]` function.
    ///
    /// The handle must be of the same orchestrator; another one blocks the instance.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # // `checkout` stands for the next version of this orchestrator.
    /// async fn checkout_before(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    ///     ctx.continue_as_new(cents).on(checkout).await
    /// }
    /// ```
    pub fn on<F, H>(mut self, _version: H) -> Self
    where
        H: Handle<F::Context, F>,
        F: OrchestratorFunction + ContinuesFrom<I>,
    {
        self.target = Some((F::NAME, F::VERSION));
        if let Some(value) = self.value.take() {
            self.input = Some(Box::new(move || Payload::encode(&F::continues_from(*value))));
        }
        self
    }
}

impl<I: Recordable, T> Future for ContinueAsNew<I, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let encoded = match (this.value.take(), this.input.take()) {
            (Some(value), _) => Payload::encode(value.as_ref()),
            (None, Some(encode)) => encode(),
            (None, None) => return Poll::Pending,
        };
        let mut engine = this.engine.get();
        let version = match this.target {
            Some((name, _)) if name != engine.name().as_str() => {
                let message = format!(
                    "orchestrator `{}` cannot continue as new on `{name}`: only another version of itself may follow",
                    engine.name()
                );
                engine.halt(Halt::new(HaltReason::Misuse, message).at_place(this.place));
                return Poll::Pending;
            }
            Some((_, version)) => Some(version),
            None => None,
        };
        match encoded {
            Ok(input) => engine.continue_as_new(NextInput {
                place: this.place,
                version,
                input,
            }),
            Err(error) => {
                let message = format!("the input of the next execution of `{}`: {error}", engine.name());
                engine.halt(Halt::new(HaltReason::Undecodable, message).at_place(this.place));
            }
        }
        Poll::Pending
    }
}

impl<I, T> Sealed for ContinueAsNew<I, T> {}
impl<I: Recordable, T> DurableFuture for ContinueAsNew<I, T> {}

impl<I, T> fmt::Debug for ContinueAsNew<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContinueAsNew({})", self.place)
    }
}
