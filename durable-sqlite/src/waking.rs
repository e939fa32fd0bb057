//! What wakes the writer when nobody asks for anything: what is due, and the look, now and then, for what other processes
//! wrote without ringing. The writer waits for both itself, so that an idle process wakes one thread, once for each.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use durable_core::Timestamp;

use crate::clockwork::Alarm;
use crate::writer::{Batch, Request, Writer};

impl Writer {
    /// Waits for the next request, and no longer than until there is something to do without one. Returns `None` when
    /// nobody is left who could ask.
    pub(crate) fn next_request(&mut self, requests: &Receiver<Request>) -> Option<Request> {
        if let Some(request) = self.deferred.take() {
            return Some(request);
        }
        // Every transaction does what is due, so the time is asked for only if nothing waits.
        match requests.try_recv() {
            Ok(request) => return Some(request),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        let Some(left) = self.time_left() else {
            return requests.recv().ok();
        };
        match requests.recv_timeout(left) {
            Ok(request) => Some(request),
            Err(RecvTimeoutError::Timeout) => Some(Request::Wake),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Returns how long the writer may wait.
    fn time_left(&self) -> Option<Duration> {
        // Of a clock that is not the machine's, `clockwork` tells.
        let due = self.alarm().and_then(|at| self.options.clock.blocks_for(at));
        let look = self
            .watches_others()
            .then(|| self.options.look_every.saturating_sub(self.looked.elapsed()));
        due.into_iter().chain(look).min()
    }

    /// Returns whether the writer's own wait has come to a moment at which something is due.
    pub(crate) fn is_due(&self) -> bool {
        let left = self.alarm().and_then(|at| self.options.clock.blocks_for(at));
        left.is_some_and(|left| left.is_zero())
    }

    /// Looks for what other processes wrote, if the latest look is long enough ago. A renewal of the lease that would be
    /// due before the next look is made now, so that it needs no wake-up of its own.
    pub(crate) fn look_in_time(&mut self, batch: &mut Batch) {
        let is_time = self.watches_others() && self.looked.elapsed() >= self.options.look_every;
        if is_time
            && let Some(left) = self.renew_at.and_then(|at| self.options.clock.blocks_for(at))
            && left < self.options.look_every
        {
            self.renew_at = Some(self.options.clock.now());
            batch.tick = true;
        }
        batch.look |= is_time;
        if batch.look {
            self.looked = Instant::now();
        }
    }

    /// Says when the writer wants to be woken by a clock that is not the machine's. `answered`: the present alarm has rung.
    pub(crate) fn set_alarm(&self, answered: bool) {
        let Some(alarm) = &self.outlets.alarm else {
            return;
        };
        let at = self.alarm();
        alarm.send_if_modified(|alarm| {
            let next = Alarm {
                at,
                number: alarm.number + u64::from(answered),
            };
            let is_new = *alarm != next;
            *alarm = next;
            is_new
        });
    }

    /// Returns when something is due next.
    fn alarm(&self) -> Option<Timestamp> {
        let moments = [
            self.next_due,
            self.renew_at,
            self.next_expiry.filter(|_| !self.nodes.all.is_empty()),
        ];
        moments.into_iter().flatten().min()
    }

    /// Returns whether anybody waits for what other processes do.
    fn watches_others(&self) -> bool {
        !self.nodes.all.is_empty() || self.renew_at.is_some()
    }
}
