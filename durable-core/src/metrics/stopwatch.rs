//! How long things take, by the hub's clock.

use super::{Metric, Values};
use crate::time::{Clock, Timestamp};

/// Measures from its making on. Without the feature `metrics` it does not look at the clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Option<Timestamp>);

impl Stopwatch {
    #[inline]
    pub(crate) fn started(clock: &dyn Clock) -> Self {
        Self(cfg!(feature = "metrics").then(|| clock.now()))
    }

    /// Measures from an earlier moment on.
    #[inline]
    pub(crate) fn since(moment: Option<Timestamp>) -> Self {
        Self(moment.filter(|_| cfg!(feature = "metrics")))
    }

    /// Adds the seconds that have passed to a distribution.
    #[inline]
    pub(crate) fn observe(self, clock: &dyn Clock, metric: &Metric, values: Values<'_>) {
        if let Some(begin) = self.0 {
            // Clocks of two processes may differ a little.
            let passed = clock.now().as_micros().saturating_sub(begin.as_micros()).max(0);
            let passed = std::time::Duration::from_micros(passed.unsigned_abs());
            metric.observe(passed.as_secs_f64(), values);
        }
    }
}
