//! The raw limit: the rows that a workload needs at least, written by bare SQLite on the same disk.
//!
//! What is kept of a hub's work is what no durable execution can leave out: an instance, a frame of its history for each
//! commit, an order for each activity that waits. There is no engine, no lease, no queue and no codec.

pub(crate) mod azure;
pub(crate) mod file;
pub(crate) mod hello;
pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod steps;
pub(crate) mod waves;
pub(crate) mod writer;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::process::Meter;
use writer::Written;

/// Fills in what a raw limit used.
pub(crate) fn fill(
    arguments: &Arguments,
    meter: Meter,
    written: Written,
    mut measurement: Measurement,
) -> Measurement {
    measurement.hub = "raw";
    measurement.sync = Some(arguments.sync.as_str());
    measurement.commits = Some(written.commits).filter(|commits| *commits > 0);
    measurement.rows = Some(written.rows).filter(|rows| *rows > 0);
    measurement.consumption = meter.stop();
    measurement
}
