//! Waiting for all of several durable futures.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::future::{DurableFuture, IntoDurableFuture, sealed::Sealed};
use crate::replay::{EngineRef, Waiter, Woken};

/// A future, then its value.
#[derive(Debug)]
pub enum Slot<F, T = <F as Future>::Output> {
    /// Not complete yet.
    Pending(F),
    /// Complete, and not handed out yet.
    Done(T),
    /// Handed out.
    Taken,
}

impl<F: DurableFuture> Slot<F> {
    /// Polls the future unless it is complete; returns whether it is.
    fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        if let Self::Pending(future) = self {
            match Pin::new(future).poll(cx) {
                Poll::Ready(value) => *self = Self::Done(value),
                Poll::Pending => return false,
            }
        }
        true
    }

    /// Returns where the event stands that the future has not looked at yet: 0 if it has looked at all it needs.
    fn ready_at(&self) -> Option<u64> {
        match self {
            Self::Pending(future) => future.ready_at(),
            Self::Done(_) | Self::Taken => Some(0),
        }
    }
}

impl<F, T> Slot<F, T> {
    fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Taken) {
            Self::Done(value) => Some(value),
            Self::Pending(_) | Self::Taken => None,
        }
    }
}

/// A tuple of durable futures that can be joined: two to eight. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined: `join` takes a tuple of two to eight durable futures",
    label = "this is no such tuple",
    note = "a list of durable futures is joined by `ctx.join_all(..)` [durable D0101]"
)]
pub trait JoinTuple: Sealed {
    /// The tuple of values.
    type Output;
    /// The futures while they are waited for.
    type Slots;

    #[doc(hidden)]
    fn into_slots(self) -> Self::Slots;
    #[doc(hidden)]
    fn ready_at(slots: &Self::Slots) -> Option<u64>;
    #[doc(hidden)]
    fn poll_slots(slots: &mut Self::Slots, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// Waits for every future of a tuple: `ctx.join((a, b, c))`.
#[must_use = "a join does nothing until it is awaited, joined or selected"]
pub struct Join<S, T> {
    slots: S,
    // Functions and not bounds, as in `Polls`.
    poll: fn(&mut S, &mut Context<'_>) -> Poll<T>,
    ready_at: fn(&S) -> Option<u64>,
}

impl<S, T> Join<S, T> {
    pub(super) fn new<F: JoinTuple<Slots = S, Output = T>>(futures: F) -> Self {
        Self {
            slots: futures.into_slots(),
            poll: F::poll_slots,
            ready_at: F::ready_at,
        }
    }
}

/// Its futures are moved by nothing but what knows that they may be.
impl<S, T> Unpin for Join<S, T> {}

impl<S, T> Future for Join<S, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let poll = self.poll;
        poll(&mut self.slots, cx)
    }
}

impl<S, T> Sealed for Join<S, T> {}
impl<S, T> DurableFuture for Join<S, T> {
    fn ready_at(&self) -> Option<u64> {
        (self.ready_at)(&self.slots)
    }
}

impl<S, T> fmt::Debug for Join<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join")
    }
}

macro_rules! join_tuple {
    ($($T:ident $value:ident $at:tt),+) => {
        impl<$($T: IntoDurableFuture),+> Sealed for ($($T,)+) {}
        impl<$($T: IntoDurableFuture),+> JoinTuple for ($($T,)+)
        {
            type Output = ($($T::Output,)+);
            type Slots = ($(Slot<$T::Future>,)+);

            fn into_slots(self) -> Self::Slots {
                ($(Slot::Pending(self.$at.into_durable_future()),)+)
            }

            fn ready_at(slots: &Self::Slots) -> Option<u64> {
                // Complete only when all are: the last event counts.
                let mut last = 0;
                $(last = last.max(slots.$at.ready_at()?);)+
                Some(last)
            }

            fn poll_slots(slots: &mut Self::Slots, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let mut complete = true;
                // Every future is polled, in the tuple's order, so that all are scheduled at the first poll.
                $(complete &= slots.$at.advance(cx);)+
                if !complete {
                    return Poll::Pending;
                }
                match ($(slots.$at.take(),)+) {
                    ($(Some($value),)+) => Poll::Ready(($($value,)+)),
                    _ => Poll::Pending,
                }
            }
        }
    };
}

join_tuple!(A a 0, B b 1);
join_tuple!(A a 0, B b 1, C c 2);
join_tuple!(A a 0, B b 1, C c 2, D d 3);
join_tuple!(A a 0, B b 1, C c 2, D d 3, E e 4);
join_tuple!(A a 0, B b 1, C c 2, D d 3, E e 4, F g 5);
join_tuple!(A a 0, B b 1, C c 2, D d 3, E e 4, F g 5, G h 6);
join_tuple!(A a 0, B b 1, C c 2, D d 3, E e 4, F g 5, G h 6, H i 7);

/// How the futures of a list are polled.
///
/// Known by functions and not by bounds, so that the list is a durable future whatever is in it: what is not durable is
/// reported where the list is made, and not once more where it is awaited.
struct Polls<F, T> {
    advance: fn(&mut Slot<F, T>, &mut Context<'_>) -> bool,
    ready_at: fn(&Slot<F, T>) -> Option<u64>,
}

impl<F: DurableFuture> Polls<F, F::Output> {
    fn new() -> Self {
        Self {
            advance: Slot::advance,
            ready_at: Slot::ready_at,
        }
    }
}

/// Waits for every future of a list, and yields their values in the list's order.
///
/// Only the future concerned is polled when an event arrives: a list of *n* costs O(n) in all.
#[must_use = "a join does nothing until it is awaited, joined or selected"]
pub struct JoinAll<F, T> {
    engine: EngineRef,
    children: Vec<Slot<F, T>>,
    polls: Polls<F, T>,
    woken: Rc<Woken>,
    left: usize,
    fresh: bool,
}

impl<F: DurableFuture> JoinAll<F, F::Output> {
    pub(super) fn new(engine: EngineRef, futures: impl IntoIterator<Item = F>) -> Self {
        let children: Vec<_> = futures.into_iter().map(Slot::Pending).collect();
        Self {
            engine,
            left: children.len(),
            children,
            polls: Polls::new(),
            woken: Rc::default(),
            fresh: true,
        }
    }
}

impl<F, T> JoinAll<F, T> {
    fn advance(&mut self, at: usize, cx: &mut Context<'_>) {
        if let Some(slot @ Slot::Pending(_)) = self.children.get_mut(at) {
            let child = Waiter::Child(Rc::clone(&self.woken), at);
            let advance = self.polls.advance;
            if self.engine.poll_as(child, || advance(slot, cx)) {
                self.left -= 1;
            }
        }
    }
}

/// Its futures are moved by nothing but what knows that they may be.
impl<F, T> Unpin for JoinAll<F, T> {}

impl<F, T> Future for JoinAll<F, T> {
    type Output = Vec<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<T>> {
        let this = &mut *self;
        let mut ready = this.woken.take(this.engine.current());
        if std::mem::take(&mut this.fresh) {
            for at in 0..this.children.len() {
                this.advance(at, cx);
            }
            // A child may have been woken by another during the first round.
            ready = this.woken.take(this.engine.current());
        }
        while !ready.is_empty() {
            for at in ready {
                this.advance(at, cx);
            }
            ready = this.woken.take(this.engine.current());
        }
        if this.left > 0 {
            return Poll::Pending;
        }
        Poll::Ready(this.children.iter_mut().filter_map(Slot::take).collect())
    }
}

impl<F, T> Sealed for JoinAll<F, T> {}
impl<F, T> DurableFuture for JoinAll<F, T> {
    fn ready_at(&self) -> Option<u64> {
        // Once polled, only the children that were woken are looked at, so that a list costs O(n) in all.
        if !self.fresh {
            return None;
        }
        let ready: Option<Vec<u64>> = self.children.iter().map(self.polls.ready_at).collect();
        ready.map(|ready| ready.into_iter().max().unwrap_or(0))
    }
}

impl<F, T> fmt::Debug for JoinAll<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinAll({} of {} left)", self.left, self.children.len())
    }
}
