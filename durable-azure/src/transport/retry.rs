//! When a request is sent again, and when it is given up. Nothing here waits or sends.

use std::time::Duration;

/// How long an operation is tried. Pauses double from `first_delay` to `max_delay`, times a number drawn from one half to
/// one; what the service asks for with `Retry-After` counts if it is longer.
///
/// ```
/// use std::time::Duration;
/// let mut retry = durable_azure::RetrySettings::default();
/// retry.total = Duration::from_secs(20);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// The most attempts of one operation, at least 1. If the secondary may answer, it is asked once in any case.
    pub attempts: u32,
    /// The pause after the first attempt.
    pub first_delay: Duration,
    /// The longest pause that is chosen here.
    pub max_delay: Duration,
    /// The longest wait for one answer. A request with a large body has a second more for each MiB of it.
    pub attempt_timeout: Duration,
    /// The longest wait for the primary if the secondary may answer in its place.
    pub secondary_after: Duration,
    /// The longest time of one operation, with all its attempts and pauses.
    pub total: Duration,
}

impl Default for RetrySettings {
    /// Five attempts within a minute, beginning with a pause of 200 ms.
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            secondary_after: Duration::from_secs(3),
            total: Duration::from_mins(1),
        }
    }
}

/// Why an attempt may be followed by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setback {
    /// There was no connection: nothing was sent.
    NoConnection,
    /// The connection broke, or the answer could not be read to its end.
    Broken,
    /// There was no answer in time.
    TimedOut,
    /// There was no token to send.
    NoToken,
    /// The service asks to come back, or has failed.
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
}

impl Setback {
    /// Returns whether the service may have done what it was asked for, although it did not say so. A service that says
    /// 429 has refused; one that says 503 mostly has, but a gateway in front of it says so, too.
    pub(super) fn may_have_been_applied(self) -> bool {
        match self {
            Self::NoConnection | Self::NoToken => false,
            Self::Broken | Self::TimedOut => true,
            Self::Status { status, .. } => status != 429,
        }
    }
}

/// Returns whether an answer of that status may be followed by another attempt.
pub(super) fn is_worth_another(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

impl RetrySettings {
    /// Returns how long to wait before attempt `attempt + 1`, or nothing if `attempt` was the last. `left` is what is
    /// left of the time of the operation, and `draw` is drawn from 0 to 1.
    pub(super) fn pause(
        &self,
        attempt: u32,
        setback: Setback,
        left: Duration,
        draw: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self
            .first_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay);
        let chosen = longest.mul_f64(0.5 + 0.5 * draw.clamp(0.0, 1.0));
        let asked = match setback {
            Setback::Status { retry_after, .. } => retry_after.unwrap_or_default(),
            Setback::NoConnection | Setback::Broken | Setback::TimedOut | Setback::NoToken => Duration::ZERO,
        };
        let pause = chosen.max(asked);
        (pause < left).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUSY: Setback = Setback::Status {
        status: 503,
        retry_after: None,
    };
    const LONG: Duration = Duration::from_hours(1);

    fn settings() -> RetrySettings {
        RetrySettings::default()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_the_last_attempt() {
        let settings = RetrySettings {
            attempts: 9,
            ..settings()
        };
        let millis = |attempt, draw| {
            let pause = settings.pause(attempt, BUSY, LONG, draw);
            pause.map(|pause| pause.as_millis())
        };
        let drawn_high: Vec<_> = (1..=9).map(|attempt| millis(attempt, 1.0)).collect();
        let expected = [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].map(Some);
        assert_eq!(drawn_high[..8], expected);
        assert_eq!(drawn_high[8], None);
        assert_eq!((millis(1, 0.0), millis(3, 0.5)), (Some(100), Some(600)));
    }

    #[test]
    fn what_the_service_asks_for_counts_if_it_is_longer() {
        let asked = |seconds| Setback::Status {
            status: 429,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let pause = |setback| settings().pause(1, setback, LONG, 1.0);
        assert_eq!(pause(asked(7)), Some(Duration::from_secs(7)));
        assert_eq!(pause(asked(0)), Some(Duration::from_millis(200)));
    }

    #[test]
    fn an_operation_is_given_up_when_its_time_would_be_over() {
        let asked = Setback::Status {
            status: 503,
            retry_after: Some(Duration::from_secs(20)),
        };
        let pause = |setback, left| settings().pause(1, setback, Duration::from_millis(left), 1.0);
        assert_eq!(pause(asked, 19_999), None);
        assert_eq!(pause(BUSY, 200), None);
        assert_eq!(pause(BUSY, 201), Some(Duration::from_millis(200)));
    }

    #[test]
    fn only_what_was_certainly_not_applied_is_certain() {
        let status = |status| Setback::Status {
            status,
            retry_after: None,
        };
        for certain in [Setback::NoConnection, Setback::NoToken, status(429)] {
            assert!(!certain.may_have_been_applied(), "{certain:?}");
        }
        for uncertain in [
            Setback::Broken,
            Setback::TimedOut,
            status(408),
            status(500),
            status(503),
        ] {
            assert!(uncertain.may_have_been_applied(), "{uncertain:?}");
        }
    }

    #[test]
    fn refusals_are_not_tried_again() {
        for status in [200, 304, 400, 401, 403, 404, 409, 412, 413, 416, 501, 505] {
            assert!(!is_worth_another(status), "{status}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_within_its_bounds(
            attempt in 1..200_u32,
            attempts in 1..200_u32,
            first in 0..100_000_u64,
            max in 0..100_000_u64,
            left in 0..200_000_u64,
            draw in 0.0..1.0,
        ) {
            let settings = RetrySettings {
                attempts,
                first_delay: Duration::from_millis(first),
                max_delay: Duration::from_millis(max),
                ..settings()
            };
            let left = Duration::from_millis(left);
            if let Some(pause) = settings.pause(attempt, BUSY, left, draw) {
                prop_assert!(attempt < attempts && pause < left);
                prop_assert!(pause <= Duration::from_millis(max));
            }
        }
    }
}
