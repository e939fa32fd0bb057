//! When a request is sent again, and when it is given up.

use std::time::Duration;

/// How long an operation is tried. Pauses double from `first_delay` to `max_delay`, times a number drawn from one half to
/// one; what the service asks for with `Retry-After` counts if it is longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySettings {
    /// The most attempts of one operation, at least 1.
    pub attempts: u32,
    /// The pause after the first attempt.
    pub first_delay: Duration,
    /// The longest pause that is chosen here.
    pub max_delay: Duration,
    /// The longest wait for one answer.
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
