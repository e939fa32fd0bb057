//! Retry policies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::failure::FailureDetails;

/// When and how often a failed call is tried again.
///
/// The policy in force when a call is first scheduled is recorded with it, so an edit of an attribute never disturbs
/// instances that run. The delay before attempt `n + 1` is `first * factor^(n - 1)`, at most `max`, times
/// a number drawn from `1 - jitter ..= 1`.
///
/// ```
/// use std::time::Duration;
/// use durable_core::RetryPolicy;
/// let policy = RetryPolicy::exponential(5, Duration::from_secs(1)..Duration::from_secs(60));
/// assert_eq!(policy.delay_after(3, 0.0), Duration::from_secs(4));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// The most attempts in all, at least 1; `None` means no limit.
    pub max_attempts: Option<u32>,
    /// The delay after the first failure.
    pub first_delay: Duration,
    /// The greatest delay.
    pub max_delay: Duration,
    /// What the delay is multiplied by after each failure: 1 for a fixed delay.
    pub factor: f64,
    /// The share of the delay that is drawn at random: 0 for none, 1 for "anything up to the delay".
    pub jitter: f64,
    /// Kinds of failure that are not retried, by variant or in full (`Declined`, `ChargeError::Declined`).
    pub non_retriable: Vec<String>,
}

impl RetryPolicy {
    /// Tries up to `max_attempts` times, always with the same delay.
    pub fn fixed(max_attempts: u32, delay: Duration) -> Self {
        Self {
            max_attempts: Some(max_attempts.max(1)),
            first_delay: delay,
            max_delay: delay,
            factor: 1.0,
            jitter: 0.0,
            non_retriable: Vec::new(),
        }
    }

    /// Tries up to `max_attempts` times, with delays that double from the range's start to its end.
    pub fn exponential(max_attempts: u32, delays: std::ops::Range<Duration>) -> Self {
        Self {
            max_delay: delays.end.max(delays.start),
            factor: 2.0,
            ..Self::fixed(max_attempts, delays.start)
        }
    }

    /// Removes the limit on attempts.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.max_attempts = None;
        self
    }

    /// Sets what the delay is multiplied by after each failure; at least 1.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = if factor.is_finite() { factor.max(1.0) } else { 1.0 };
        self
    }

    /// Sets the share of the delay that is drawn at random, from 0 to 1.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// Adds a kind of failure that is not retried.
    #[must_use]
    pub fn non_retriable(mut self, kind: impl Into<String>) -> Self {
        self.non_retriable.push(kind.into());
        self
    }

    /// Returns the delay after failed attempt `attempt` (1 is the first), with `draw` in `0..1` deciding the jitter.
    pub fn delay_after(&self, attempt: u32, draw: f64) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.first_delay.as_secs_f64() * self.factor.powi(exponent);
        let seconds = seconds.min(self.max_delay.as_secs_f64());
        Duration::try_from_secs_f64(seconds * (1.0 - self.jitter * draw)).unwrap_or(self.max_delay)
    }

    /// Returns whether the policy allows another attempt after failed attempt `attempt` with `failure`.
    pub fn allows(&self, attempt: u32, failure: &FailureDetails) -> bool {
        self.max_attempts.is_none_or(|max| attempt < max)
            && !failure.non_retriable
            && !self.non_retriable.iter().any(|kind| failure.is_kind(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureOrigin;

    #[test]
    fn exponential_delays_double_up_to_the_limit() {
        let policy = RetryPolicy::exponential(9, Duration::from_secs(1)..Duration::from_secs(5));
        let delays: Vec<u64> = (1..6).map(|n| policy.delay_after(n, 0.5).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 5, 5]);
    }

    #[test]
    fn jitter_shortens_only() {
        let policy = RetryPolicy::fixed(2, Duration::from_secs(10)).jitter(0.5);
        assert_eq!(policy.delay_after(1, 0.0), Duration::from_secs(10));
        assert_eq!(policy.delay_after(1, 1.0), Duration::from_secs(5));
    }

    #[test]
    fn non_retriable_kinds_and_failures_end_the_retries() {
        let policy = RetryPolicy::fixed(3, Duration::ZERO).non_retriable("Declined");
        let failure = |kind: &str| FailureDetails::new(FailureOrigin::Application, kind, "no");
        assert!(policy.allows(2, &failure("ChargeError::Busy")));
        assert!(!policy.allows(3, &failure("ChargeError::Busy")));
        assert!(!policy.allows(1, &failure("ChargeError::Declined")));
        assert!(!policy.allows(1, &failure("ChargeError::Busy").non_retriable()));
    }
}
