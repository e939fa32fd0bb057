//! Cooperative cancellation.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Tells an activity that nobody waits for it any more. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    wakers: Vec<Waker>,
}

impl CancelToken {
    /// Makes a token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Cancels it, once and for all.
    pub fn cancel(&self) {
        let wakers = {
            let mut state = self.state();
            state.cancelled = true;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the token.
    pub async fn cancelled(&self) {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.cancelled {
                return Poll::Ready(());
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.wakers.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is a flag and a list: a panic between two writes cannot leave it broken.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
