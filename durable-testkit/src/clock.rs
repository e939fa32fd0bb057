//! Time that moves only when a test says so.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use durable_core::{Clock, Timestamp};

/// A clock that stands still until it is advanced.
///
/// Cheap to clone; all clones are one clock.
///
/// ```
/// use durable_core::Clock;
/// use durable_testkit::ManualClock;
/// use std::time::Duration;
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now(), before.saturating_add(Duration::from_secs(3600)));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    next_sleeper: u64,
    /// Who sleeps until when. The number tells sleepers with the same deadline apart, in order of arrival.
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// Makes a clock that shows 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self::starting_at(Timestamp::from_micros(1_767_225_600_000_000))
    }

    /// Makes a clock that shows `now`.
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            now,
            next_sleeper: 0,
            sleepers: BTreeMap::new(),
        })))
    }

    /// Moves time on, and wakes everyone who is due by then.
    pub fn advance(&self, by: Duration) {
        let to = self.now().saturating_add(by);
        self.advance_to(to);
    }

    /// Moves time on to `to`, unless it is there already.
    pub fn advance_to(&self, to: Timestamp) {
        let due = {
            let mut inner = self.lock();
            inner.now = inner.now.max(to);
            let later = match inner.now.as_micros().checked_add(1) {
                Some(after) => inner.sleepers.split_off(&(Timestamp::from_micros(after), 0)),
                None => BTreeMap::new(),
            };
            std::mem::replace(&mut inner.sleepers, later)
        };
        // Woken outside the lock: a waker may run code that asks the clock.
        due.into_values().for_each(Waker::wake);
    }

    /// Moves time on to the earliest deadline that someone sleeps for, and returns it.
    pub fn advance_to_next(&self) -> Option<Timestamp> {
        let next = self.next_deadline()?;
        self.advance_to(next);
        Some(next)
    }

    /// Returns the earliest deadline that someone sleeps for.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.lock().sleepers.keys().next().map(|&(deadline, _)| deadline)
    }

    /// Returns how many sleep now.
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep_until(&self, deadline: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Sleep {
            clock: self,
            deadline,
            place: None,
        })
    }
}

/// One sleep. Its place in the clock's list is given up when it is dropped.
struct Sleep<'a> {
    clock: &'a ManualClock,
    deadline: Timestamp,
    place: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.clock.lock();
        if inner.now >= self.deadline {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or(inner.next_sleeper);
        inner.next_sleeper = inner.next_sleeper.max(place + 1);
        inner.sleepers.insert((self.deadline, place), cx.waker().clone());
        drop(inner);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.lock().sleepers.remove(&(self.deadline, place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(future: &mut Pin<Box<dyn Future<Output = ()> + Send + '_>>) -> Poll<()> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_sleeper_wakes_when_time_reaches_its_deadline_and_not_before() {
        let clock = ManualClock::new();
        let deadline = clock.now().saturating_add(Duration::from_secs(10));
        let mut sleep = clock.sleep_until(deadline);
        assert!(poll(&mut sleep).is_pending());
        clock.advance(Duration::from_micros(9_999_999));
        assert!(poll(&mut sleep).is_pending());
        assert_eq!(clock.sleepers(), 1);
        assert_eq!(clock.advance_to_next(), Some(deadline));
        assert!(poll(&mut sleep).is_ready());
        assert_eq!(clock.advance_to_next(), None);
    }

    #[test]
    fn a_dropped_sleep_leaves_nothing_behind() {
        let clock = ManualClock::new();
        let mut sleep = clock.sleep_until(Timestamp::MAX);
        assert!(poll(&mut sleep).is_pending());
        drop(sleep);
        assert_eq!(clock.sleepers(), 0);
    }

    #[test]
    fn time_never_goes_back() {
        let clock = ManualClock::new();
        let now = clock.now();
        clock.advance_to(Timestamp::from_micros(0));
        assert_eq!(clock.now(), now);
    }
}
