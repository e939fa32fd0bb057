//! The request to cancel, as an orchestrator sees it.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};
use crate::replay::{EngineRef, Waiting};

/// Resolves with the reason once somebody asks the instance to cancel.
#[derive(Debug)]
#[must_use = "nothing is waited for until this is awaited, joined or selected"]
pub struct Cancelled {
    engine: EngineRef,
    place: &'static Location<'static>,
    ticket: Option<u64>,
}

impl Cancelled {
    pub(super) fn new(engine: EngineRef, place: &'static Location<'static>) -> Self {
        Self {
            engine,
            place,
            ticket: None,
        }
    }
}

impl Future for Cancelled {
    type Output = String;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<String> {
        let this = &mut *self;
        let mut engine = this.engine.get();
        let polled = engine.poll_cancel(&mut this.ticket);
        if polled.is_pending() {
            engine.note_waiting(Waiting::cancel(this.place));
        }
        polled
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.engine.leave_cancel(ticket);
        }
    }
}

impl Sealed for Cancelled {}
impl DurableFuture for Cancelled {
    fn ready_at(&self) -> Option<u64> {
        self.engine.get().cancelled_at()
    }
}
