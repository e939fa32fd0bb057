//! A fan-out: one transaction with all orders, one with all results.

use std::time::Instant;

use super::file::RawFile;
use super::rows;
use super::writer::Written;
use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::process::Meter;
use crate::quantile::Latencies;

/// Measures a fan-out of `n` activities.
pub(crate) fn measure(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let connection = RawFile::make(arguments, &place)?.open(arguments)?;
    let activities = u32::try_from(n)?;
    let meter = Meter::start();
    let begin = Instant::now();
    rows::scatter(&connection, activities)?;
    let scattered = begin.elapsed();
    rows::gather(&connection, activities)?;
    let seconds = begin.elapsed().as_secs_f64();
    let waves = Latencies::of(&[scattered, begin.elapsed().saturating_sub(scattered)]);
    let written = Written {
        commits: 2,
        rows: 2 * u64::from(activities) + 2,
    };
    let measurement = Measurement::timed("raw-w3", seconds, n, &waves);
    Ok(super::fill(arguments, meter, written, measurement))
}
