//! The request to cancel, as an orchestrator sees it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};
use crate::replay::EngineRef;

/// Resolves with the reason once somebody asks the instance to cancel.
#[derive(Debug)]
#[must_use = "nothing is waited for until this is awaited, joined or selected"]
pub struct Cancelled {
    engine: EngineRef,
}

impl Cancelled {
    pub(super) fn new(engine: EngineRef) -> Self {
        Self { engine }
    }
}

impl Future for Cancelled {
    type Output = String;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
        self.engine.get().poll_cancel(cx.waker())
    }
}

impl Sealed for Cancelled {}
impl DurableFuture for Cancelled {
    fn ready_at(&self) -> Option<u64> {
        self.engine.get().cancelled_at()
    }
}
