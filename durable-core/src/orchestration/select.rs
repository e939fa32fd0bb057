//! Waiting for the first of several durable futures.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::future::{DurableFuture, IntoDurableFuture, sealed::Sealed};
use crate::replay::{EngineRef, Waiter, Woken};

/// Which future of a select came first, with its value.
///
/// Unused places are [`Infallible`], so a `match` over two futures needs two arms and no wildcard.
///
/// ```
/// # use durable_core::orchestration::Selected::{self, *};
/// fn outcome(first: Selected<bool, ()>) -> &'static str {
///     match first {
///         First(true) => "approved",
///         First(false) => "declined",
///         Second(()) => "too late",
///     }
/// }
/// assert_eq!(outcome(Second(())), "too late");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants count the futures")]
pub enum Selected<
    A,
    B = Infallible,
    C = Infallible,
    D = Infallible,
    E = Infallible,
    F = Infallible,
    G = Infallible,
    H = Infallible,
> {
    First(A),
    Second(B),
    Third(C),
    Fourth(D),
    Fifth(E),
    Sixth(F),
    Seventh(G),
    Eighth(H),
}

/// A tuple of durable futures that can be selected from: two to eight. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from: `select` takes a tuple of two to eight durable futures",
    label = "this is no such tuple",
    note = "of a list of durable futures, `ctx.select_all(..)` waits for the first [durable D0101]"
)]
pub trait SelectTuple: Sealed {
    /// The [`Selected`] of their values.
    type Output;
    /// The futures while they are waited for.
    type Futures;

    #[doc(hidden)]
    fn into_futures(self) -> Self::Futures;
    #[doc(hidden)]
    fn ready_at(futures: &Self::Futures) -> Option<u64>;
    #[doc(hidden)]
    fn poll_futures(futures: &mut Self::Futures, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// Waits for the first future of a tuple: `ctx.select((a, b))`. The others are dropped, and so cancelled.
///
/// The earliest event in the history wins. Futures that are complete by the same event are taken in the tuple's order.
#[must_use = "a select does nothing until it is awaited, joined or selected"]
pub struct Select<S, T> {
    futures: Option<S>,
    // Functions and not bounds, as in `Polls`.
    poll: fn(&mut S, &mut Context<'_>) -> Poll<T>,
    ready_at: fn(&S) -> Option<u64>,
}

impl<S, T> Select<S, T> {
    pub(super) fn new<F: SelectTuple<Futures = S, Output = T>>(futures: F) -> Self {
        Self {
            futures: Some(futures.into_futures()),
            poll: F::poll_futures,
            ready_at: F::ready_at,
        }
    }
}

/// Its futures are moved by nothing but what knows that they may be.
impl<S, T> Unpin for Select<S, T> {}

impl<S, T> Future for Select<S, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let Some(futures) = &mut this.futures else {
            return Poll::Pending;
        };
        let polled = (this.poll)(futures, cx);
        if polled.is_ready() {
            // Dropped now and not with the select, so that the losers' cancellations belong to this step.
            this.futures = None;
        }
        polled
    }
}

impl<S, T> Sealed for Select<S, T> {}
impl<S, T> DurableFuture for Select<S, T> {
    fn ready_at(&self) -> Option<u64> {
        (self.ready_at)(self.futures.as_ref()?)
    }
}

impl<S, T> fmt::Debug for Select<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Select")
    }
}

macro_rules! select_tuple {
    ($($T:ident $variant:ident $at:tt),+; $($rest:ident),*) => {
        impl<$($T: IntoDurableFuture),+> SelectTuple for ($($T,)+)
        {
            type Output = Selected<$($T::Output,)+>;
            type Futures = ($($T::Future,)+);

            fn into_futures(self) -> Self::Futures {
                ($(self.$at.into_durable_future(),)+)
            }

            fn ready_at(futures: &Self::Futures) -> Option<u64> {
                [$(futures.$at.ready_at()),+].into_iter().flatten().min()
            }

            fn poll_futures(futures: &mut Self::Futures, cx: &mut Context<'_>) -> Poll<Self::Output> {
                // Events of several may have come before this poll: the earliest wins, not the first place.
                let mut order = [$((futures.$at.ready_at().unwrap_or(u64::MAX), $at)),+];
                order.sort_unstable();
                for (_, place) in order {
                    match place {
                        $($at => {
                            if let Poll::Ready(value) = Pin::new(&mut futures.$at).poll(cx) {
                                return Poll::Ready(Selected::$variant(value));
                            }
                        })+
                        _ => {}
                    }
                }
                Poll::Pending
            }
        }
    };
}

select_tuple!(A First 0, B Second 1; C, D, E, F, G, H);
select_tuple!(A First 0, B Second 1, C Third 2; D, E, F, G, H);
select_tuple!(A First 0, B Second 1, C Third 2, D Fourth 3; E, F, G, H);
select_tuple!(A First 0, B Second 1, C Third 2, D Fourth 3, E Fifth 4; F, G, H);
select_tuple!(A First 0, B Second 1, C Third 2, D Fourth 3, E Fifth 4, F Sixth 5; G, H);
select_tuple!(A First 0, B Second 1, C Third 2, D Fourth 3, E Fifth 4, F Sixth 5, G Seventh 6; H);
select_tuple!(A First 0, B Second 1, C Third 2, D Fourth 3, E Fifth 4, F Sixth 5, G Seventh 6, H Eighth 7;);

/// How the futures of a list are polled: known by functions and not by bounds, as those of
/// [`JoinAll`](super::JoinAll).
struct Polls<F, T> {
    poll: fn(&mut F, &mut Context<'_>) -> Poll<T>,
    ready_at: fn(&F) -> Option<u64>,
}

impl<F: DurableFuture> Polls<F, F::Output> {
    fn new() -> Self {
        Self {
            poll: |future, cx| Pin::new(future).poll(cx),
            ready_at: F::ready_at,
        }
    }
}

/// Waits for the first future of a list, and yields its place, its value and the futures that are left.
///
/// Only the future concerned is polled when an event arrives. A list with nothing in it never
/// completes: an orchestrator that waits for nothing else is blocked.
#[must_use = "a select does nothing until it is awaited, joined or selected"]
pub struct SelectAll<F, T> {
    engine: EngineRef,
    children: Vec<F>,
    polls: Polls<F, T>,
    woken: Rc<Woken>,
    fresh: bool,
}

impl<F: DurableFuture> SelectAll<F, F::Output> {
    pub(super) fn new(engine: EngineRef, futures: impl IntoIterator<Item = F>) -> Self {
        Self {
            engine,
            children: futures.into_iter().collect(),
            polls: Polls::new(),
            woken: Rc::default(),
            fresh: true,
        }
    }
}

impl<F, T> SelectAll<F, T> {
    /// Returns the places to poll now, those with the earliest events first.
    fn places(&mut self) -> Vec<usize> {
        let mut places = self.woken.take(self.engine.current());
        if std::mem::take(&mut self.fresh) {
            places = (0..self.children.len()).collect();
        }
        places.sort_by_cached_key(|&at| {
            let ready = self.children.get(at).and_then(self.polls.ready_at);
            (ready.unwrap_or(u64::MAX), at)
        });
        places
    }
}

/// Its futures are moved by nothing but what knows that they may be.
impl<F, T> Unpin for SelectAll<F, T> {}

impl<F, T> Future for SelectAll<F, T> {
    type Output = (usize, T, Vec<F>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let poll = this.polls.poll;
        loop {
            let places = this.places();
            if places.is_empty() {
                return Poll::Pending;
            }
            for at in places {
                let Some(child) = this.children.get_mut(at) else {
                    continue;
                };
                let waiter = Waiter::Child(Rc::clone(&this.woken), at);
                if let Poll::Ready(value) = this.engine.poll_as(waiter, || poll(child, cx)) {
                    let mut rest = std::mem::take(&mut this.children);
                    drop(rest.remove(at));
                    return Poll::Ready((at, value, rest));
                }
            }
        }
    }
}

impl<F, T> Sealed for SelectAll<F, T> {}
impl<F, T> DurableFuture for SelectAll<F, T> {
    fn ready_at(&self) -> Option<u64> {
        // Once polled, only the children that were woken are looked at, so that a list costs O(n) in all.
        let children = self.children.iter().filter(|_| self.fresh);
        children.filter_map(self.polls.ready_at).min()
    }
}

impl<F, T> fmt::Debug for SelectAll<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectAll({} left)", self.children.len())
    }
}
