//! An activity's code is run, and a panic of it is a failure.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

use tokio::task::AbortHandle;

use crate::activity::{ActivityContext, ActivityHost, ActivityInfo, CancelToken};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::function::FunctionKind;
use crate::hub::ActivityWork;
use crate::payload::Payload;
use crate::registry::{ActivityRunner, ErasedActivity, Runner};
use crate::trace::{activity_span, mark_failed};
use crate::version::RecordedVersion;
use crate::worker::run::Shared;

/// Runs an activity's code and turns a panic into a failure.
pub(super) async fn invoke(
    shared: &Arc<Shared>,
    work: ActivityWork,
    cancel: CancelToken,
    completes_later: Arc<AtomicBool>,
) -> Result<Payload, FailureDetails> {
    let registry = &shared.registry;
    let row = match &work.version {
        RecordedVersion::Known(version) => registry.find(FunctionKind::Activity, &work.name, *version),
        // Called by an orchestration of the Durable Task Framework, which knows activities by name only.
        RecordedVersion::Blank => registry.current(FunctionKind::Activity, &work.name),
        RecordedVersion::Foreign(_) => None,
    };
    let Some(Runner::Activity(runner)) = row.map(|row| row.runner) else {
        let message = format!(
            "this worker has no activity `{}` version {}",
            work.name, work.version
        );
        return Err(FailureDetails::new(
            FailureOrigin::Infrastructure,
            "MissingActivity",
            message,
        ));
    };
    let span = activity_span(&work);
    let host = ActivityHost {
        node: Arc::clone(&shared.node),
        session: work.session,
        completes_later,
    };
    let info = ActivityInfo {
        key: work.key,
        name: work.name,
        version: work.version,
        attempt: work.attempt,
        deliveries: work.deliveries,
        heartbeat: work.heartbeat,
        progress: work.progress,
    };
    let ctx = ActivityContext::new(info, Arc::clone(&shared.states), cancel, host);
    let input = work.input;
    let result = match runner {
        ActivityRunner::Async(run) => contain(span.clone(), run(ctx, input)).await,
        ActivityRunner::Blocking(run) => {
            let entered = span.clone();
            let task = tokio::task::spawn_blocking(move || entered.in_scope(|| run(ctx, input)));
            let stopped = AbortOnDrop(task.abort_handle());
            let result = task.await.unwrap_or_else(|error| Err(of_join_error(error)));
            drop(stopped);
            result
        }
    };
    if let Err(failure) = &result {
        mark_failed(&span, &failure.message);
    }
    result
}

/// Runs the future of an activity on the task that watches it: a panic of it, even in its drop, is its failure and not
/// the task's. Enters the span for each poll, so that it never leaks into other tasks of the thread.
async fn contain(span: tracing::Span, future: ErasedActivity) -> Result<Payload, FailureDetails> {
    let mut future = Some(future);
    std::future::poll_fn(move |cx| {
        // What a panic leaves behind is dropped, and never looked at.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let Some(running) = &mut future else {
                return Poll::Pending;
            };
            let polled = span.in_scope(|| running.as_mut().poll(cx));
            if polled.is_ready() {
                future = None;
            }
            polled
        }));
        polled.unwrap_or_else(|panic| Poll::Ready(Err(of_panic(panic.as_ref()))))
    })
    .await
}

/// Stops an activity's own task when the task that watches it is stopped.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn of_join_error(error: tokio::task::JoinError) -> FailureDetails {
    match error.try_into_panic() {
        Ok(panic) => of_panic(panic.as_ref()),
        Err(error) => FailureDetails::new(FailureOrigin::Infrastructure, "Stopped", error.to_string()),
    }
}

fn of_panic(panic: &(dyn Any + Send)) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Panic, "Panic", crate::replay::panic_text(panic))
}
