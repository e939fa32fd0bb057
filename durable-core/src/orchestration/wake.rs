//! Waking one child of a list.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The children that were woken, shared by their wakers.
#[derive(Debug, Default)]
pub(super) struct Woken(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    ready: Vec<usize>,
    parent: Option<Waker>,
}

impl Woken {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Returns the woken children in order, and notes whom the next wake-up is for.
    pub(super) fn take(&self, parent: &Waker) -> Vec<usize> {
        let mut state = self.state();
        match &mut state.parent {
            Some(stored) => stored.clone_from(parent),
            None => state.parent = Some(parent.clone()),
        }
        let mut ready = std::mem::take(&mut state.ready);
        // Children are polled in their own order, whatever the order of the wake-ups.
        ready.sort_unstable();
        ready.dedup();
        ready
    }

    pub(super) fn waker(self: &Arc<Self>, child: usize) -> Waker {
        Waker::from(Arc::new(ChildWake {
            woken: Arc::clone(self),
            child,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A list and a waker: a panic between two writes cannot leave them broken.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ChildWake {
    woken: Arc<Woken>,
    child: usize,
}

impl Wake for ChildWake {
    fn wake(self: Arc<Self>) {
        let parent = {
            let mut state = self.woken.state();
            state.ready.push(self.child);
            state.parent.take()
        };
        // Woken once per poll: the parent takes every ready child together.
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}
