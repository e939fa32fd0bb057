//! The context of an orchestrator.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use serde::Serialize;

use super::{
    Call, Cancelled, ContinueAsNew, DurableFuture, ExternalEvent, IntoDurableFuture, Join, JoinAll,
    JoinTuple, Saga, Select, SelectAll, SelectTuple, SideEffect, Timer, Uuid,
};
use crate::failure::{Failure, FailureDetails};
use crate::function::{DurableFunction, FunctionContext, Handle, Recordable};
use crate::id::{ExecutionId, InstanceId};
use crate::name::{EventName, WireName};
use crate::payload::Payload;
use crate::replay::{Attempt, EngineRef, Halt};
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// Handed to an orchestrator's body: the only way to time, randomness and the outside world. Cheap to clone.
///
/// An orchestrator is replayed, so it must make the same steps again when it gets the same answers. Everything that it
/// awaits and decides upon comes from here or from its input.
///
/// ```
/// # use durable_core::orchestration::{Selected, days};
/// # use durable_core::{Failure, OrchestrationContext};
/// // With `#[orchestrator]` on it:
/// async fn reminder(ctx: OrchestrationContext, who: String) -> Result<String, Failure> {
///     match ctx.select((ctx.event::<String>("answer"), ctx.timer(days(3)))).await {
///         Selected::First(answer) => Ok(format!("{who} said {answer}")),
///         Selected::Second(()) => Err(Failure::new(format!("{who} did not answer"))),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct OrchestrationContext {
    engine: EngineRef,
}

impl OrchestrationContext {
    pub(crate) fn new(engine: EngineRef) -> Self {
        Self { engine }
    }

    /// Calls an activity or a sub-orchestration.
    ///
    /// The handle decides name, version and all types: `ctx.call(charge, order)`, `ctx.call(charge_v1, order)`.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let receipt: String = ctx.call(charge, 995).await?;
    /// let child: String = ctx.call(checkout, 995).id("checkout-7").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a handle is a function: passing it by value reads best"
    )]
    pub fn call<F, H, C>(&self, _function: H, input: F::Input) -> Call<F>
    where
        H: Handle<C, F>,
        F: DurableFunction<Context = C>,
        C: FunctionContext,
    {
        self.call_at(Location::caller(), &input)
    }

    pub(super) fn call_at<F: DurableFunction>(
        &self,
        place: &'static Location<'static>,
        input: &F::Input,
    ) -> Call<F> {
        Call::new(self.engine.clone(), place, input)
    }

    /// Waits for a duration, of any length: [`seconds`](super::seconds), [`days`](super::days) and so on.
    ///
    /// ```
    /// # use durable_core::orchestration::days;
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// ctx.timer(days(30)).await;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn timer(&self, duration: Duration) -> Timer {
        Timer::after(self.engine.clone(), Location::caller(), duration)
    }

    /// Waits until a moment. One that has passed is reached at once.
    ///
    /// ```
    /// # use durable_core::orchestration::hours;
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let deadline = ctx.now().saturating_add(hours(8));
    /// // … steps that take some of the time …
    /// ctx.timer_at(deadline).await;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn timer_at(&self, moment: Timestamp) -> Timer {
        Timer::at(self.engine.clone(), Location::caller(), moment)
    }

    /// Waits for the next external event of a name. Events are kept, in order, until somebody takes them.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let approved: bool = ctx.event("approval").await;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn event<T: Recordable>(&self, name: &str) -> ExternalEvent<T> {
        ExternalEvent::new(self.engine.clone(), Location::caller(), name)
    }

    /// Sends an external event to another instance. It is sent when the turn commits; nobody answers.
    ///
    /// An instance that does not exist, or has ended, gets nothing, and the sender does not learn of it.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// ctx.raise_event("warehouse", "order", &"tea")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the id or the name is malformed, or the data cannot be encoded.
    #[track_caller]
    pub fn raise_event<T: Serialize>(&self, instance: &str, name: &str, data: &T) -> Result<(), Failure> {
        let (to, name) = (InstanceId::new(instance)?, EventName::new(name)?);
        let input = Payload::encode(data)
            .map_err(|error| FailureDetails::of_value(format_args!("the data of event `{name}`"), &error))?;
        let mut engine = self.engine.get();
        let task = engine.next_task();
        engine.attempt(
            Location::caller(),
            Attempt::Send {
                task,
                to,
                name,
                input,
            },
        );
        Ok(())
    }

    /// Waits for every future of a tuple, of two to eight. All are started together.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let (receipt, name) = ctx.join((ctx.call(charge, 995), ctx.event::<String>("name"))).await;
    /// let receipt = receipt?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn join<T: JoinTuple>(&self, futures: T) -> Join<T::Slots, T::Output> {
        Join::new(futures)
    }

    /// Waits for every future of a list; their values come in the list's order.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let receipts = ctx.join_all((1..=100).map(|cents| ctx.call(charge, cents))).await;
    /// let receipts: Vec<String> = receipts.into_iter().collect::<Result<_, _>>()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn join_all<I>(
        &self,
        futures: I,
    ) -> JoinAll<<I::Item as IntoDurableFuture>::Future, <I::Item as IntoDurableFuture>::Output>
    where
        I: IntoIterator<Item: IntoDurableFuture>,
    {
        let engine = self.engine.clone();
        JoinAll::new(
            engine,
            futures.into_iter().map(IntoDurableFuture::into_durable_future),
        )
    }

    /// Waits for the first future of a tuple, of two to eight; the others are dropped, and so cancelled.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::orchestration::{Selected, minutes};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// match ctx.select((ctx.call(charge, 995), ctx.event::<()>("stop"), ctx.timer(minutes(5)))).await {
    ///     Selected::First(receipt) => println!("{}", receipt?),
    ///     Selected::Second(()) => println!("stopped"),
    ///     Selected::Third(()) => println!("too late"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn select<T: SelectTuple>(&self, futures: T) -> Select<T::Futures, T::Output> {
        Select::new(futures)
    }

    /// Waits for the first future of a list, and returns its index, its value and the futures that are left.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let mut open: Vec<_> = (1..=3).map(|cents| ctx.call(charge, cents)).collect();
    /// while !open.is_empty() {
    ///     let (_index, receipt, rest) = ctx.select_all(open).await;
    ///     ctx.set_custom_status(&receipt?)?;
    ///     open = rest;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn select_all<I>(
        &self,
        futures: I,
    ) -> SelectAll<<I::Item as IntoDurableFuture>::Future, <I::Item as IntoDurableFuture>::Output>
    where
        I: IntoIterator<Item: IntoDurableFuture>,
    {
        let engine = self.engine.clone();
        SelectAll::new(
            engine,
            futures.into_iter().map(IntoDurableFuture::into_durable_future),
        )
    }

    /// Runs a closure once and records its value; replay reads the record. For what needs no activity of its own.
    ///
    /// The closure runs again if the process dies before the turn is committed.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let region = ctx.side_effect(|| std::env::var("REGION").unwrap_or_default()).await;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn side_effect<T: Recordable, F: FnOnce() -> T>(&self, compute: F) -> SideEffect<F> {
        SideEffect::new(self.engine.clone(), Location::caller(), compute)
    }

    /// Runs steps whose registered compensations are run in reverse if they fail. See [`Saga`].
    pub fn saga<T, E, B>(&self, body: impl FnOnce(Saga) -> B) -> impl DurableFuture<Output = Result<T, E>>
    where
        B: IntoDurableFuture<Output = Result<T, E>>,
    {
        Saga::new(self.clone()).run(body)
    }

    /// Ends this execution and starts the next with another input. External events that nobody took go along.
    ///
    /// As an orchestrator's last expression. Another version follows with [`ContinueAsNew::on`].
    ///
    /// ```
    /// # use durable_core::orchestration::days;
    /// # use durable_core::{Failure, OrchestrationContext};
    /// async fn monthly(ctx: OrchestrationContext, month: u32) -> Result<(), Failure> {
    ///     if month == 12 {
    ///         return Ok(());
    ///     }
    ///     ctx.timer(days(30)).await;
    ///     ctx.continue_as_new(month + 1).await
    /// }
    /// ```
    #[track_caller]
    pub fn continue_as_new<I: Recordable, T>(&self, input: I) -> ContinueAsNew<I, T> {
        ContinueAsNew::new(self.engine.clone(), Location::caller(), input)
    }

    /// Returns the moment of the present turn; the same at replay.
    pub fn now(&self) -> Timestamp {
        self.engine.get().now()
    }

    /// Draws a UUID; the same at replay.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let order_number = ctx.new_uuid().to_string();
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_uuid(&self) -> Uuid {
        let mut engine = self.engine.get();
        let (high, low) = (engine.draw(), engine.draw());
        Uuid::from_random(high, low)
    }

    /// Draws 64 random bits; the same at replay. Not for secrets.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let variant = if ctx.random() % 2 == 0 { "A" } else { "B" };
    /// # Ok(())
    /// # }
    /// ```
    pub fn random(&self) -> u64 {
        self.engine.get().draw()
    }

    /// Sets the custom status that clients see, as of the turn's commit.
    ///
    /// ```
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// ctx.set_custom_status(&"waiting for approval")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the value cannot be encoded.
    pub fn set_custom_status<T: Serialize>(&self, status: &T) -> Result<(), Failure> {
        // Encoded outside the borrow: the value's code may use the context.
        let status = Payload::encode(status)
            .map_err(|error| FailureDetails::of_payload("custom status", self.name().as_str(), &error))?;
        self.engine.get().set_custom_status(status);
        Ok(())
    }

    /// Resolves with the reason once somebody asks the instance to cancel.
    ///
    /// Calls that are pending then end by themselves, with [`CallError::Cancelled`](crate::CallError::Cancelled);
    /// timers and events do not, so select them together with this.
    ///
    /// ```
    /// # use durable_core::orchestration::{Selected, days};
    /// # use durable_core::{Failure, OrchestrationContext};
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// match ctx.select((ctx.timer(days(30)), ctx.cancelled())).await {
    ///     Selected::First(()) => {}
    ///     Selected::Second(reason) => return Err(Failure::new(format!("ended early: {reason}"))),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cancelled(&self) -> Cancelled {
        Cancelled::new(self.engine.clone(), Location::caller())
    }

    /// Returns whether somebody asked the instance to cancel.
    pub fn is_cancelled(&self) -> bool {
        self.engine.get().cancel_reason().is_some()
    }

    /// Returns whether the step was made before, and is only repeated to bring the state back.
    ///
    /// For logs. What is decided by it differs between a run and its replay, so the instance would be blocked.
    pub fn is_replaying(&self) -> bool {
        self.engine.get().is_replaying()
    }

    /// Returns the instance's id.
    pub fn instance(&self) -> InstanceId {
        self.engine.get().identity().started.instance.clone()
    }

    /// Returns the execution's id.
    pub fn execution(&self) -> ExecutionId {
        self.engine.get().execution().clone()
    }

    /// Returns how many times the instance has continued as new.
    pub fn generation(&self) -> u32 {
        self.engine.get().identity().started.generation
    }

    /// Returns the orchestrator's name.
    pub fn name(&self) -> WireName {
        self.engine.get().name().clone()
    }

    /// Returns the version the instance is pinned to.
    pub fn version(&self) -> RecordedVersion {
        self.engine.get().identity().version.clone()
    }

    pub(crate) fn halt(&self, halt: Halt) {
        self.engine.get().halt(halt);
    }
}

impl fmt::Debug for OrchestrationContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.engine.get();
        let started = &engine.identity().started;
        f.debug_struct("OrchestrationContext")
            .field("instance", &started.instance)
            .field("name", &started.name)
            .finish_non_exhaustive()
    }
}
