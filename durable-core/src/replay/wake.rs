//! Who is polled once something has happened, and how a future that is not durable gives itself away.
//!
//! Durable futures do not use the [`Waker`](std::task::Waker) that a poll hands them. The engine knows whom it polls,
//! the outermost future or the child of a list, and what waits is registered under that [`Waiter`]. So whoever clones or
//! wakes the std waker is a future whose completion no history records, and it is found at the end of the very poll in
//! which it did so, before anything it decides is recorded:
//!
//! - it *woke* the waker, from this thread or another;
//! - it *kept* a clone, to wake the orchestrator later: the [`Decoy`]'s handles are counted;
//! - it did neither, and nothing durable is waited for either: nobody counts as [`Parked`], so no event could ever go on.
//!
//! A clone that is dropped within the poll is not seen, and does no harm: nobody is left to use it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::{Wake, Waker};

/// Whom to poll once something has happened: the outermost future, or a child of a list.
#[derive(Debug, Clone)]
pub(crate) enum Waiter {
    Root(Rc<Cell<bool>>),
    Child(Rc<Woken>, usize),
}

impl Waiter {
    pub(crate) fn wake(&self) {
        match self {
            Self::Root(woken) => woken.set(true),
            Self::Child(list, child) => list.wake(*child),
        }
    }
}

/// The children of a list that were woken, shared by their waiters.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    ready: RefCell<Vec<usize>>,
    parent: RefCell<Option<Waiter>>,
}

impl Woken {
    /// Returns the woken children in order, and notes whom the next wake-up is for.
    pub(crate) fn take(&self, parent: Waiter) -> Vec<usize> {
        self.parent.replace(Some(parent));
        let mut ready = self.ready.take();
        // Children are polled in their own order, whatever the order of the wake-ups.
        ready.sort_unstable();
        ready.dedup();
        ready
    }

    fn wake(&self, child: usize) {
        self.ready.borrow_mut().push(child);
        // Woken once per poll: the parent takes every ready child together.
        if let Some(parent) = self.parent.take() {
            parent.wake();
        }
    }
}

/// A waiter that is registered for something durable.
#[derive(Debug)]
pub(crate) struct Parked {
    waiter: Waiter,
    /// Counts those that are registered.
    _one: Rc<()>,
}

impl Parked {
    pub(crate) fn waiter(&self) -> &Waiter {
        &self.waiter
    }

    pub(crate) fn wake(self) {
        self.waiter.wake();
    }
}

/// Whom an execution polls at the moment, and who is registered.
#[derive(Debug)]
pub(super) struct Polling {
    root: Rc<Cell<bool>>,
    current: Waiter,
    parked: Rc<()>,
    stuck: bool,
}

impl Polling {
    /// Begins with an outermost future that was never polled.
    pub(super) fn new_woken() -> Self {
        let root = Rc::new(Cell::new(true));
        Self {
            current: Waiter::Root(Rc::clone(&root)),
            root,
            parked: Rc::new(()),
            stuck: false,
        }
    }

    /// Returns whether the outermost future was woken since the last call.
    pub(super) fn take_woken(&self) -> bool {
        self.root.take()
    }

    pub(super) fn current(&self) -> &Waiter {
        &self.current
    }

    /// Notes who is polled from now on, and returns who was polled before.
    pub(super) fn enter(&mut self, waiter: Waiter) -> Waiter {
        std::mem::replace(&mut self.current, waiter)
    }

    /// Registers whoever is polled.
    pub(super) fn park(&self) -> Parked {
        Parked {
            waiter: self.current.clone(),
            _one: Rc::clone(&self.parked),
        }
    }

    /// Notes at the end of a poll whether anybody is registered.
    pub(super) fn end_poll(&mut self) {
        self.stuck = Rc::strong_count(&self.parked) == 1;
    }

    /// Returns whether nobody was registered after the last poll, so that nothing can wake the orchestrator any more.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck
    }
}

/// What a future that is not durable did to the waker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    Woken,
    Kept,
}

/// The std waker of an orchestrator's polls, which no durable future touches.
#[derive(Debug, Default)]
pub(super) struct Decoy(AtomicBool);

impl Decoy {
    /// Polls with the waker, and tells what was done to it.
    pub(super) fn watch<T>(self: &Arc<Self>, poll: impl FnOnce(&Waker) -> T) -> (T, Option<Touch>) {
        let waker = Waker::from(Arc::clone(self));
        let polled = poll(&waker);
        drop(waker);
        // Counted before the flag is read: a clone that is gone by then has woken before it went.
        let kept = Arc::strong_count(self) > 1;
        fence(Ordering::Acquire);
        let touch = if self.0.load(Ordering::SeqCst) {
            Some(Touch::Woken)
        } else {
            kept.then_some(Touch::Kept)
        };
        (polled, touch)
    }
}

impl Wake for Decoy {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
