//! Calls of activities and sub-orchestrations.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::future::{DurableFuture, sealed::Sealed};
use super::raw_call::{CallSpec, RawCall};
use crate::failure::{CallError, FailureDetails, FailureOrigin};
use crate::function::{
    ActivityFunction, CallOptions, DurableFunction, FunctionContext, OrchestratorFunction,
};
use crate::history::ChildPolicy;
use crate::id::InstanceId;
use crate::name::{NameError, WireName};
use crate::payload::Payload;
use crate::replay::{EngineRef, Halt, HaltReason};
use crate::retry::RetryPolicy;

/// A call of an activity or sub-orchestration: `ctx.call(charge, order)`.
///
/// Lazy like every future: it is scheduled when it is first polled, or by [`start`](Self::start). Dropping it while it
/// is pending cancels it. It yields `Result<Output, CallError<Error>>`.
#[must_use = "a call is made only when it is awaited, joined, selected or started"]
pub struct Call<F: DurableFunction> {
    raw: RawCall,
    id_error: Option<NameError>,
    function: PhantomData<fn() -> F>,
}

impl<F: DurableFunction> Call<F> {
    pub(super) fn new(
        engine: EngineRef,
        place: &'static std::panic::Location<'static>,
        input: &F::Input,
    ) -> Self {
        let name = WireName::new(F::NAME);
        let input =
            Payload::encode(input).map_err(|error| FailureDetails::of_payload("input", F::NAME, &error));
        // The macro checks wire names; one written by hand that is wrong fails the call with the reason.
        let (name, input) = match name {
            Ok(name) => (name, input),
            Err(error) => (
                WireName::placeholder(),
                Err(FailureDetails::of_payload("name", F::NAME, &error)),
            ),
        };
        let spec = CallSpec {
            kind: <F::Context as FunctionContext>::KIND,
            name,
            version: F::VERSION,
            input,
            options: F::call_options(),
            judge: None,
            id: None,
            policy: ChildPolicy::Cancel,
            detached: false,
        };
        Self {
            raw: RawCall::new(engine, place, spec),
            id_error: None,
            function: PhantomData,
        }
    }

    /// Retries failed attempts by this policy instead of the attribute's.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::orchestration::{minutes, seconds};
    /// # use durable_core::RetryPolicy;
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let policy = RetryPolicy::exponential(5, seconds(1)..minutes(1));
    /// let receipt = ctx.call(charge, 995).retry(policy).timeout(seconds(30)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.raw.spec.options.retry = Some(policy);
        self
    }

    /// Does not retry, whatever the attribute says.
    pub fn no_retry(mut self) -> Self {
        self.raw.spec.options.retry = None;
        self
    }

    /// Retries only failures that `judge` accepts, within the policy. Its answer is recorded, and not asked for at replay.
    ///
    /// Failures without a typed error (panics, timeouts) are not asked about: the policy alone decides. Without a policy
    /// nothing is retried.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::orchestration::seconds;
    /// # use durable_core::RetryPolicy;
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let busy = |error: &Failure| error.details().is_kind("Busy");
    /// let receipt = ctx.call(charge, 995).retry(RetryPolicy::fixed(3, seconds(5))).retry_if(busy).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry_if(mut self, judge: impl Fn(&F::Error) -> bool + 'static) -> Self {
        self.raw.spec.judge = Some(Rc::new(move |failure: &FailureDetails| {
            if failure.origin != FailureOrigin::Application {
                return true;
            }
            let typed = failure
                .json
                .as_deref()
                .and_then(|json| serde_json::from_str::<F::Error>(json).ok());
            typed.is_none_or(|error| judge(&error))
        }));
        self
    }

    /// Limits how long one attempt may take.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.raw.spec.options.attempt_timeout = Some(limit);
        self
    }

    /// Limits how long all attempts and the pauses between them may take.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.raw.spec.options.total_timeout = Some(limit);
        self
    }

    /// Sets retries, timeouts and the heartbeat limit at once.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.raw.spec.options = options;
        self
    }

    /// Schedules the call now and returns it, to be awaited later.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::orchestration::seconds;
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let receipt = ctx.call(charge, 995).start();
    /// ctx.timer(seconds(5)).await; // the activity runs meanwhile
    /// let receipt = receipt.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn start(mut self) -> Self {
        if !self.refuse_bad_id() {
            self.raw.start();
        }
        self
    }

    fn refuse_bad_id(&mut self) -> bool {
        match self.id_error.take() {
            None => false,
            Some(error) => {
                let halt = Halt::new(HaltReason::Misuse, error.to_string()).at_place(self.raw.place);
                self.raw.engine.get().halt(halt);
                true
            }
        }
    }
}

impl<F: ActivityFunction> Call<F> {
    /// Limits how long an attempt may go without a [heartbeat](crate::ActivityContext::heartbeat).
    ///
    /// An activity that gives no sign of life for that long counts as lost: it is cancelled, and the attempt fails with
    /// [`CallError::HeartbeatTimeout`](crate::CallError::HeartbeatTimeout), which the policy may retry.
    pub fn heartbeat(mut self, limit: Duration) -> Self {
        self.raw.spec.options.heartbeat = Some(limit);
        self
    }
}

impl<F: OrchestratorFunction> Call<F> {
    /// Runs the sub-orchestration under this instance id instead of one derived from the caller's.
    pub fn id(mut self, id: &str) -> Self {
        match InstanceId::new(id) {
            Ok(id) => self.raw.spec.id = Some(id),
            Err(error) => self.id_error = Some(error),
        }
        self
    }

    /// Says what becomes of the sub-orchestration when the caller ends or drops the call.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::history::ChildPolicy;
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// let receipt = ctx.call(checkout, 995).on_parent_end(ChildPolicy::Terminate).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_parent_end(mut self, policy: ChildPolicy) -> Self {
        self.raw.spec.policy = policy;
        self
    }

    /// Starts the sub-orchestration and lets it go on by itself: nobody waits for its result.
    ///
    /// Retries and timeouts have no effect, since nobody looks at how it ends.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # async fn example(ctx: OrchestrationContext) -> Result<(), Failure> {
    /// ctx.call(checkout, 995).id("checkout-7").detach();
    /// # Ok(())
    /// # }
    /// ```
    pub fn detach(mut self) {
        self.raw.spec.options = CallOptions::default();
        self.raw.spec.policy = ChildPolicy::Abandon;
        self.raw.spec.detached = true;
        if !self.refuse_bad_id() {
            self.raw.start();
            self.raw.detach();
        }
    }
}

impl<F: DurableFunction> Future for Call<F> {
    type Output = Result<F::Output, CallError<F::Error>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.refuse_bad_id() {
            return Poll::Pending;
        }
        self.raw.poll().map(|result| {
            let value = result.map_err(CallError::from_details)?;
            value
                .decode()
                .map_err(|error| CallError::Payload(FailureDetails::of_payload("output", F::NAME, &error)))
        })
    }
}

impl<F: DurableFunction> Sealed for Call<F> {}
impl<F: DurableFunction> DurableFuture for Call<F> {
    fn ready_at(&self) -> Option<u64> {
        self.raw.ready_at()
    }
}

impl<F: DurableFunction> fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({:?})", self.raw)
    }
}
