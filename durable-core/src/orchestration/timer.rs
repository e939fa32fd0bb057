//! Durable timers.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::future::{DurableFuture, sealed::Sealed};
use crate::deterministic::DeterministicFn;
use crate::id::TaskId;
use crate::replay::{EngineRef, TaskClass, Waiting};
use crate::time::Timestamp;

/// Returns `n` seconds.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Returns `n` minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// Returns `n` hours.
pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}

/// Returns `n` days of 24 hours.
pub const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 86_400)
}

/// Marks the above as deterministic, as `#[deterministic]` does.
macro_rules! deterministic {
    ($($name:ident)+) => {$(
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, reason = "the marker of the function")]
        pub enum $name {}

        impl DeterministicFn for $name {
            const NAME: &'static str = stringify!($name);
        }
    )+};
}

deterministic!(seconds minutes hours days);

#[derive(Debug, Clone, Copy)]
enum Due {
    After(Duration),
    At(Timestamp),
}

/// A durable timer: it fires once, at or after its time, whatever happens to the process meanwhile.
///
/// It is set when it is first polled. Dropping it unfired takes it back.
#[derive(Debug)]
#[must_use = "a timer is set when it is first awaited, joined or selected"]
pub struct Timer {
    engine: EngineRef,
    place: &'static Location<'static>,
    due: Due,
    task: Option<TaskId>,
    done: bool,
}

impl Timer {
    pub(super) fn after(engine: EngineRef, place: &'static Location<'static>, duration: Duration) -> Self {
        Self {
            engine,
            place,
            due: Due::After(duration),
            task: None,
            done: false,
        }
    }

    pub(super) fn at(engine: EngineRef, place: &'static Location<'static>, moment: Timestamp) -> Self {
        Self {
            engine,
            place,
            due: Due::At(moment),
            task: None,
            done: false,
        }
    }

    /// Sets the timer now, instead of at the first poll.
    pub fn start(mut self) -> Self {
        self.arm();
        self
    }

    fn arm(&mut self) -> TaskId {
        if let Some(task) = self.task {
            return task;
        }
        let mut engine = self.engine.get();
        let fire_at = match self.due {
            Due::After(duration) => engine.now().saturating_add(duration),
            Due::At(moment) => moment,
        };
        *self
            .task
            .insert(engine.open_timer(self.place, fire_at, TaskClass::Timer))
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.done {
            return Poll::Pending;
        }
        let task = self.arm();
        let polled = self.engine.get().poll_task(task);
        if polled.is_pending() {
            self.engine.get().note_waiting(Waiting::timer(self.place, task));
            return Poll::Pending;
        }
        self.done = true;
        Poll::Ready(())
    }
}

impl Sealed for Timer {}
impl DurableFuture for Timer {
    fn ready_at(&self) -> Option<u64> {
        self.engine.get().ready_at(self.task?)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(task), false) = (self.task, self.done) {
            self.engine.get().abandon_task(task);
        }
    }
}
