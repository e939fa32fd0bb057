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
pub trait SelectTuple: Sealed {
    /// The [`Selected`] of their values.
    type Output;
    /// The futures while they are waited for.
    type Futures: Unpin;

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
pub struct Select<T: SelectTuple> {
    futures: Option<T::Futures>,
}

impl<T: SelectTuple> Select<T> {
    pub(super) fn new(futures: T) -> Self {
        Self {
            futures: Some(futures.into_futures()),
        }
    }
}

impl<T: SelectTuple> Future for Select<T> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let this = &mut *self;
        let Some(futures) = &mut this.futures else {
            return Poll::Pending;
        };
        let polled = T::poll_futures(futures, cx);
        if polled.is_ready() {
            // Dropped now and not with the select, so that the losers' cancellations belong to this step.
            this.futures = None;
        }
        polled
    }
}

impl<T: SelectTuple> Sealed for Select<T> {}
impl<T: SelectTuple> DurableFuture for Select<T> {
    fn ready_at(&self) -> Option<u64> {
        T::ready_at(self.futures.as_ref()?)
    }
}

impl<T: SelectTuple> fmt::Debug for Select<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Select")
    }
}

macro_rules! select_tuple {
    ($($T:ident $variant:ident $at:tt),+; $($rest:ident),*) => {
        impl<$($T: IntoDurableFuture),+> SelectTuple for ($($T,)+)
        where
            // Always true. Without it, a future that is not durable is reported once more where the select is awaited.
            $($T::Output: Sized,)+
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

/// Waits for the first future of a list, and yields its place, its value and the futures that are left.
///
/// Only the future concerned is polled when an event arrives. A list with nothing in it never
/// completes: an orchestrator that waits for nothing else is blocked.
#[must_use = "a select does nothing until it is awaited, joined or selected"]
pub struct SelectAll<F> {
    engine: EngineRef,
    children: Vec<F>,
    woken: Rc<Woken>,
    fresh: bool,
}

impl<F: DurableFuture> SelectAll<F> {
    pub(super) fn new(engine: EngineRef, futures: impl IntoIterator<Item = F>) -> Self {
        Self {
            engine,
            children: futures.into_iter().collect(),
            woken: Rc::default(),
            fresh: true,
        }
    }

    /// Returns the places to poll now, those with the earliest events first.
    fn places(&mut self) -> Vec<usize> {
        let mut places = self.woken.take(self.engine.current());
        if std::mem::take(&mut self.fresh) {
            places = (0..self.children.len()).collect();
        }
        places.sort_by_cached_key(|&at| {
            let ready = self.children.get(at).and_then(DurableFuture::ready_at);
            (ready.unwrap_or(u64::MAX), at)
        });
        places
    }
}

impl<F: DurableFuture> Future for SelectAll<F> {
    type Output = (usize, F::Output, Vec<F>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
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
                if let Poll::Ready(value) = this.engine.poll_as(waiter, || Pin::new(child).poll(cx)) {
                    let mut rest = std::mem::take(&mut this.children);
                    drop(rest.remove(at));
                    return Poll::Ready((at, value, rest));
                }
            }
        }
    }
}

impl<F: DurableFuture> Sealed for SelectAll<F> {}
impl<F: DurableFuture> DurableFuture for SelectAll<F> {
    fn ready_at(&self) -> Option<u64> {
        // Once polled, only the children that were woken are looked at, so that a list costs O(n) in all.
        let children = self.children.iter().filter(|_| self.fresh);
        children.filter_map(DurableFuture::ready_at).min()
    }
}

impl<F: DurableFuture> fmt::Debug for SelectAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectAll({} left)", self.children.len())
    }
}
