//! A gauge that is up for as long as something lives.

use super::{Metric, emit};

/// Raises a gauge by one until it is dropped, however that comes about.
#[derive(Debug)]
pub(crate) struct Level(&'static Metric);

impl Level {
    #[inline]
    pub(crate) fn raised(metric: &'static Metric) -> Self {
        emit::raise(metric);
        Self(metric)
    }
}

impl Drop for Level {
    #[inline]
    fn drop(&mut self) {
        emit::lower(self.0);
    }
}
