//! Side effects: a value that is computed once and recorded.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};
use crate::function::Recordable;
use crate::history::MarkerKind;
use crate::replay::{EngineRef, Halt, HaltReason};

/// The value of a closure that runs once, at the first poll; replay reads what was recorded.
#[must_use = "a side effect runs only when it is awaited"]
pub struct SideEffect<F> {
    engine: EngineRef,
    place: &'static Location<'static>,
    // Boxed so that the future is `Unpin` whatever the closure holds.
    compute: Option<Box<F>>,
}

impl<F> SideEffect<F> {
    pub(super) fn new(engine: EngineRef, place: &'static Location<'static>, compute: F) -> Self {
        Self {
            engine,
            place,
            compute: Some(Box::new(compute)),
        }
    }
}

impl<T: Recordable, F: FnOnce() -> T> Future for SideEffect<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let Some(compute) = self.compute.take() else {
            return Poll::Pending;
        };
        let (task, recorded) = {
            let mut engine = self.engine.get();
            let task = engine.next_task();
            let recorded = engine.recorded_side_effect(task);
            if recorded.is_none() && engine.is_repeating() {
                // What is repeated had no such step: its value will never come, and the turn's end tells the difference.
                engine.attempt_marker(self.place, MarkerKind::SideEffect, task, &());
                return Poll::Pending;
            }
            (task, recorded)
        };
        if let Some(data) = recorded {
            let mut engine = self.engine.get();
            engine.attempt_marker(self.place, MarkerKind::SideEffect, task, &());
            return match serde_json::from_str(&data) {
                Ok(value) => Poll::Ready(value),
                Err(error) => {
                    let ty = std::any::type_name::<T>();
                    let message = format!("the recorded value of a side effect is no `{ty}`: {error}");
                    engine.halt(Halt::new(HaltReason::Undecodable, message).at_place(self.place));
                    Poll::Pending
                }
            };
        }
        // The closure and the value's encoding run outside the borrow: they may use the context.
        let (value, data) = self.engine.once(self.place, task, || {
            let value = compute();
            let data = serde_json::to_string(&value);
            (value, data)
        });
        let mut engine = self.engine.get();
        engine.attempt_encoded(self.place, MarkerKind::SideEffect, task, data);
        Poll::Ready(value)
    }
}

impl<F> Sealed for SideEffect<F> {}
impl<T: Recordable, F: FnOnce() -> T> DurableFuture for SideEffect<F> {}

impl<F> fmt::Debug for SideEffect<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SideEffect({})", self.place)
    }
}
