//! What worker and client count and measure, named in one table.
//!
//! With the feature `metrics` every value goes to the recorder that the program installed with the crate `metrics`;
//! without the feature nothing is recorded, and the calls compile to nothing. Labels are few by design: names,
//! versions and outcomes, never ids.
//!
//! ```
//! for metric in durable_core::metrics::ALL {
//!     println!("{:<45} {} {:?}", metric.name, metric.kind, metric.labels);
//! }
//! ```

#[cfg_attr(not(feature = "metrics"), path = "metrics/silent.rs")]
mod emit;
mod instances;
mod level;
mod stopwatch;
mod table;
mod turn;

use std::fmt;

pub(crate) use instances::tell_instances;
pub(crate) use level::Level;
pub(crate) use stopwatch::Stopwatch;
pub use table::*;
pub(crate) use turn::TurnTally;

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// A distribution of measured values.
    Histogram,
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

/// One metric: a line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The name. Units are its last word, as Prometheus has it.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: MetricKind,
    /// The names of its labels, in the order in which their values are given.
    pub labels: &'static [&'static str],
    /// What it says, for people.
    pub meaning: &'static str,
}

/// The values of a metric's labels, in the order of its [`labels`](Metric::labels).
type Values<'a> = &'a [&'a dyn fmt::Display];

impl Metric {
    /// Makes a line of another table: that of a server, for example.
    pub const fn new(
        name: &'static str,
        kind: MetricKind,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            labels,
            meaning,
        }
    }

    /// Adds one to a counter.
    #[inline]
    pub(crate) fn count(&self, values: Values<'_>) {
        emit::add(self, 1, values);
    }

    /// Adds to a counter; nothing, if nothing is to be added.
    #[inline]
    pub(crate) fn add(&self, number: u64, values: Values<'_>) {
        if number > 0 {
            emit::add(self, number, values);
        }
    }

    /// Sets a gauge.
    #[inline]
    pub(crate) fn set(&self, value: u64, values: Values<'_>) {
        emit::set(self, value, values);
    }

    /// Adds a value to a distribution.
    #[inline]
    pub(crate) fn observe(&self, value: f64, values: Values<'_>) {
        emit::observe(self, value, values);
    }
}

/// Tells the installed recorder the meaning of every metric, which exporters show as help texts.
///
/// Call it once, after the recorder is installed. Without the feature `metrics` it does nothing.
pub fn describe() {
    for metric in ALL {
        emit::describe(metric);
    }
}
