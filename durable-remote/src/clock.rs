//! The clock of a hub that is elsewhere.

use std::pin::Pin;
use std::time::Duration;

use durable_core::{Clock, SystemClock, Timestamp};

/// The machine's clock, set right by what the server's shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteClock {
    /// How far the server's is ahead, in microseconds.
    ahead: i64,
}

impl RemoteClock {
    /// Compares the machine's clock, before and after the question, with what was answered. A difference that the way of the
    /// answer explains is none.
    pub(crate) fn compared(before: Timestamp, answered: Timestamp, after: Timestamp) -> Self {
        let middle = before.saturating_add(after.saturating_since(before) / 2);
        let ahead = answered.as_micros().saturating_sub(middle.as_micros());
        let explained = before <= answered && answered <= after;
        Self {
            ahead: if explained { 0 } else { ahead },
        }
    }

    /// The machine's own.
    pub(crate) fn own() -> Self {
        Self { ahead: 0 }
    }
}

impl Clock for RemoteClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().as_micros().saturating_add(self.ahead))
    }

    fn sleep_until(&self, deadline: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let own = Timestamp::from_micros(deadline.as_micros().saturating_sub(self.ahead));
        Box::pin(async move { SystemClock.sleep_until(own).await })
    }

    fn blocks_for(&self, deadline: Timestamp) -> Option<Duration> {
        SystemClock.blocks_for(Timestamp::from_micros(
            deadline.as_micros().saturating_sub(self.ahead),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(before: i64, answered: i64, after: i64) -> i64 {
        let at = Timestamp::from_micros;
        RemoteClock::compared(at(before), at(answered), at(after)).ahead
    }

    #[test]
    fn only_a_difference_that_the_way_does_not_explain_is_one() {
        assert_eq!(ahead(100, 100, 140), 0);
        assert_eq!(ahead(100, 140, 140), 0);
        assert_eq!(ahead(100, 1_120, 140), 1_000);
        assert_eq!(ahead(1_100, 120, 1_140), -1_000);
        assert_eq!(ahead(0, i64::MIN, i64::MAX), i64::MIN);
    }
}
