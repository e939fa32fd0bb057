//! One run of a workload, as it is printed.

use serde::Serialize;

use crate::account::OperationsEach;
use crate::process::Consumption;
use crate::quantile::Latencies;

/// One run of a workload: a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub(crate) struct Measurement {
    /// The workload.
    #[serde(rename = "w")]
    pub(crate) workload: &'static str,
    pub(crate) hub: &'static str,
    /// When a commit counted as stored, where there is a disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sync: Option<&'static str>,
    #[serde(rename = "rep")]
    pub(crate) repetition: usize,
    /// How many instances, steps or commits.
    pub(crate) n: usize,
    /// How many of them at any time, where there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_flight: Option<usize>,
    /// How many finished instances the file had before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_file: Option<usize>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) seconds: f64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) per_second: f64,
    /// The time of one instance, step or commit.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) p50_ms: f64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) p99_ms: f64,
    /// The mean of the first hundred steps, and of the last.
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub(crate) growth: Option<Growth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commits: Option<u64>,
    /// Requests to a storage account for each piece of work, by kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operations: Option<OperationsEach>,
    /// Rows that were inserted, changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u64>,
    /// What the file grew by for each instance, once the log was in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_each: Option<f64>,
    /// Of one processor, over a stretch in which nothing happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_percent: Option<f64>,
    /// How often a thread waited and was woken, in the same stretch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wakeups_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub(crate) build: Option<Build>,
    /// How many times the processor time of the same functions without macros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times_plain: Option<f64>,
    /// The same of the time on the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times_plain_seconds: Option<f64>,
    #[serde(flatten)]
    pub(crate) consumption: Consumption,
}

impl Measurement {
    /// Fills in what follows from the time of each piece of work.
    pub(crate) fn timed(workload: &'static str, seconds: f64, pieces: usize, latencies: &Latencies) -> Self {
        Self {
            workload,
            n: pieces,
            seconds: round(seconds, 6),
            per_second: round(count(pieces) / seconds, 1),
            p50_ms: round(latencies.quantile_ms(0.5), 4),
            p99_ms: round(latencies.quantile_ms(0.99), 4),
            ..Self::default()
        }
    }
}

/// What a program costs to build.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Build {
    /// What is built, the program included.
    pub(crate) crates: usize,
    /// Of a debug build from nothing.
    pub(crate) clean_seconds: f64,
    /// Of a debug build after an edit of the program.
    pub(crate) incremental_seconds: f64,
    /// Of the release build, stripped.
    pub(crate) binary_mb: f64,
}

/// How the cost of a step grows with the history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Growth {
    pub(crate) first_100_us: f64,
    pub(crate) last_100_us: f64,
    pub(crate) last_to_first: f64,
}

impl Growth {
    /// Compares the first hundred steps with the last hundred; of fewer than two hundred, the halves.
    pub(crate) fn of(latencies: &Latencies) -> Option<Self> {
        let (first, last) = (latencies.mean_of_first_us(100)?, latencies.mean_of_last_us(100)?);
        Some(Self {
            first_100_us: round(first, 1),
            last_100_us: round(last, 1),
            last_to_first: round(last / first, 3),
        })
    }
}

/// Rounds to as many digits as mean something.
pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

/// Returns whether nothing was measured.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Returns a count as a number to divide by.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are far below 2^52"
)]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_line_of_json_without_what_does_not_apply() {
        let latencies = Latencies::of_seconds(&[0.001; 4]);
        let mut run = Measurement::timed("w4", 0.004, 4, &latencies);
        run.hub = "memory";
        let json = serde_json::to_string(&run).unwrap();
        assert_eq!(
            json,
            r#"{"w":"w4","hub":"memory","rep":0,"n":4,"seconds":0.004,"per_second":1000.0,"p50_ms":1.0,"p99_ms":1.0}"#
        );
        run.growth = Growth::of(&latencies);
        run.sync = Some("full");
        let json = serde_json::to_string(&run).unwrap();
        assert!(
            json.contains(r#""sync":"full""#) && json.contains(r#""last_to_first":1.0"#),
            "{json}"
        );
    }
}
