//! Sagas: undo what succeeded when a later step fails.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::call::Call;
use super::context::OrchestrationContext;
use super::future::{BoxDurableFuture, DurableFuture, IntoDurableFuture};
use crate::function::{DurableFunction, FunctionContext, Handle};

/// A compensation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompensationFailure {
    /// The function that was to compensate.
    pub name: String,
    /// What it failed with.
    pub message: String,
}

type Compensation =
    Box<dyn FnOnce(OrchestrationContext) -> BoxDurableFuture<'static, Result<(), CompensationFailure>>>;

/// Compensations, registered as steps succeed and run in reverse when the saga fails. Cheap to clone.
///
/// It is the orchestrator's context as well, so that the closure of [`OrchestrationContext::saga`] needs no other.
///
/// ```
#[doc = include_str!("../docs/handles.md")]
/// # use durable_core::orchestration::block;
/// async fn trip(ctx: OrchestrationContext) -> Result<(String, String), Failure> {
///     ctx.saga(|saga|
/// #       block( // which `#[orchestrator]` writes
///         async move {
///             let hotel = saga.call(charge, 9_900).await?; // the saga is a context too
///             saga.undo_with(charge, 0);                   // what undoes it, and its input
///             let flight = saga.call(charge, 30_000).await?; // if this fails, the above is undone
///             Ok((hotel, flight))
///         }
/// #       )
///     )
///     .await
/// }
/// ```
#[derive(Clone)]
pub struct Saga {
    ctx: OrchestrationContext,
    compensations: Rc<RefCell<Vec<Compensation>>>,
}

/// The steps of a saga are made with it as with the context that it came from.
impl Deref for Saga {
    type Target = OrchestrationContext;

    fn deref(&self) -> &OrchestrationContext {
        &self.ctx
    }
}

impl Saga {
    pub(super) fn new(ctx: OrchestrationContext) -> Self {
        Self {
            ctx,
            compensations: Rc::default(),
        }
    }

    /// Registers a call that undoes the step that just succeeded.
    #[track_caller]
    pub fn undo_with<F, H, C>(&self, _function: H, input: F::Input)
    where
        H: Handle<C, F>,
        F: DurableFunction<Context = C>,
        C: FunctionContext,
    {
        let place = std::panic::Location::caller();
        self.compensations.borrow_mut().push(Box::new(move |ctx| {
            let call: Call<F> = ctx.call_at(place, &input);
            Box::pin(super::block(async move {
                call.await.map(|_| ()).map_err(|error| CompensationFailure {
                    name: F::NAME.to_owned(),
                    message: error.to_string(),
                })
            }))
        }));
    }

    /// Runs the registered compensations, the last first, each to its end, and returns those that failed.
    ///
    /// Called by itself when the steps fail; each compensation runs once.
    pub fn compensate(&self) -> impl DurableFuture<Output = Vec<CompensationFailure>> + use<> {
        let saga = self.clone();
        super::block(async move {
            let mut failures = Vec::new();
            loop {
                let Some(compensation) = saga.compensations.borrow_mut().pop() else {
                    return failures;
                };
                if let Err(failure) = compensation(saga.ctx.clone()).await {
                    tracing::warn!(
                        name = failure.name,
                        error = failure.message,
                        "a compensation failed"
                    );
                    failures.push(failure);
                }
            }
        })
    }

    /// Runs the steps, and the compensations if they fail.
    pub(super) fn run<T, E, B>(
        self,
        body: impl FnOnce(Self) -> B,
    ) -> impl DurableFuture<Output = Result<T, E>>
    where
        B: IntoDurableFuture<Output = Result<T, E>>,
    {
        let steps = body(self.clone()).into_durable_future();
        super::block(async move {
            let result = steps.await;
            if result.is_err() {
                self.compensate().await;
            }
            result
        })
    }
}

impl fmt::Debug for Saga {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Saga({} compensations)", self.compensations.borrow().len())
    }
}
