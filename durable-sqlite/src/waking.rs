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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, OnceLock, mpsc};

    use durable_core::{Clock, SystemClock};

    use super::*;
    use crate::SqliteHub;
    use crate::checkpoint::Checkpointer;
    use crate::hub::new_writer;
    use crate::schema;
    use crate::writer::Outlets;

    /// A writer that nobody asks for anything, and whose lease is to be renewed at some time.
    fn idle_writer(file: &Path, renewal_in: Duration) -> (Writer, Receiver<Request>) {
        let options = SqliteHub::at(file);
        let mut conn = schema::open_writer(&options).unwrap();
        let (checkpointer, _) = Checkpointer::start(&mut conn, &options, &Arc::default()).unwrap();
        let outlets = Outlets {
            changes: Arc::default(),
            counters: Arc::default(),
            cause: Arc::new(OnceLock::new()),
            alarm: None,
            checkpointer,
        };
        let (requests, queue) = mpsc::channel();
        let mut writer = new_writer(conn, &options, &requests, outlets).unwrap();
        writer.renew_at = Some(SystemClock.now().saturating_add(renewal_in));
        (writer, queue)
    }

    #[test]
    fn a_look_takes_the_next_renewal_of_the_lease_with_it() {
        let folder = std::env::temp_dir().join(format!("durable-waking-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut writer, _queue) = idle_writer(&folder.join("hub.db"), Duration::from_mins(1));
        let looks = |writer: &mut Writer, renewal_in, look_every| {
            writer.options.look_every = look_every;
            writer.renew_at = Some(SystemClock.now().saturating_add(renewal_in));
            let mut batch = Batch::default();
            writer.look_in_time(&mut batch);
            (batch.look, batch.tick, writer.is_due())
        };
        let (now, soon, later) = (Duration::ZERO, Duration::from_secs(30), Duration::from_mins(1));
        // The time for a look has not come.
        assert_eq!(looks(&mut writer, soon, later), (false, false, false));
        // It has, and the next is before the renewal is due.
        assert_eq!(looks(&mut writer, soon, now), (true, false, false));
        // The next would be after it.
        writer.looked = Instant::now().checked_sub(later).unwrap();
        assert_eq!(looks(&mut writer, soon, later), (true, true, true));
        // Now the writer waits for the next look, and no longer.
        writer.renew_at = Some(SystemClock.now().saturating_add(2 * later));
        assert!(writer.time_left().is_some_and(|left| left <= later));
        drop(writer);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_writer_of_which_nothing_is_expected_waits_for_requests_alone() {
        let folder = std::env::temp_dir().join(format!("durable-waiting-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut writer, queue) = idle_writer(&folder.join("hub.db"), Duration::ZERO);
        assert!(matches!(writer.next_request(&queue), Some(Request::Wake)));
        writer.renew_at = None;
        assert_eq!(writer.time_left(), None);
        drop(writer);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
