//! External events.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};
use crate::function::Recordable;
use crate::name::{EventName, NameError};
use crate::replay::{EngineRef, Halt, HaltReason, Ticket, Waiting};

/// The next external event of a name.
///
/// Events are kept, in order, until somebody takes them; waiters are served in the order in which they were first
/// polled. Dropping a waiter loses nothing. An event that is not a `T` blocks the instance, visibly and intact.
#[must_use = "an event is taken only when this is awaited, joined or selected"]
pub struct ExternalEvent<T> {
    engine: EngineRef,
    place: &'static Location<'static>,
    name: Result<EventName, NameError>,
    ticket: Option<Ticket>,
    value: PhantomData<fn() -> T>,
}

impl<T> ExternalEvent<T> {
    pub(super) fn new(engine: EngineRef, place: &'static Location<'static>, name: &str) -> Self {
        Self {
            engine,
            place,
            name: EventName::new(name),
            ticket: None,
            value: PhantomData,
        }
    }
}

impl<T: Recordable> Future for ExternalEvent<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let name = match &this.name {
            Ok(name) => name,
            Err(error) => {
                let halt = Halt::new(HaltReason::Misuse, error.to_string());
                this.engine.get().halt(halt.at_place(this.place));
                return Poll::Pending;
            }
        };
        let Some(input) = this.engine.take_event(name, &mut this.ticket) else {
            let waiting = Waiting::event(this.place, name.clone());
            this.engine.get().note_waiting(waiting);
            return Poll::Pending;
        };
        match input.decode() {
            Ok(value) => Poll::Ready(value),
            Err(error) => {
                let message = format!("the data of event `{name}`: {error}");
                let halt = Halt::new(HaltReason::Undecodable, message);
                this.engine.get().halt(halt.at_place(this.place));
                Poll::Pending
            }
        }
    }
}

impl<T> Sealed for ExternalEvent<T> {}
impl<T: Recordable> DurableFuture for ExternalEvent<T> {
    fn ready_at(&self) -> Option<u64> {
        let name = self.name.as_ref().ok()?;
        self.engine.get().event_ready_at(name, self.ticket)
    }
}

impl<T> Drop for ExternalEvent<T> {
    fn drop(&mut self) {
        if let (Ok(name), Some(ticket)) = (&self.name, self.ticket) {
            self.engine.leave_event(name, ticket);
        }
    }
}

impl<T> fmt::Debug for ExternalEvent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalEvent({:?})", self.name)
    }
}
