//! W7, `size`: what a finished `hello` leaves in the file, once the log is in it.

use std::path::Path;

use crate::arguments::{Arguments, Hub};
use crate::measurement::{Measurement, count, round};
use crate::place::Place;
use crate::process::Meter;
use crate::raw;
use crate::raw::file::RawFile;
use crate::stage::{HUB_FILE, Stage};
use crate::workload::functions::{say_hellos, warm_up};

const INSTANCES: usize = 10_000;

const IN_FLIGHT: usize = 16;

/// Measures what instances leave. A hub in memory has no file.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let n = arguments.n.unwrap_or(INSTANCES);
    let mut measurements = Vec::new();
    if arguments.wants_raw() {
        measurements.push(raw(arguments, n).await?);
    }
    if !arguments.raw_only && arguments.hub == Hub::Sqlite {
        measurements.push(ours(arguments, n).await?);
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let file = place.file(HUB_FILE);
    let stage = Stage::set(arguments, &place).await?;
    warm_up(stage.client()).await?;
    stage.strike().await?;
    let before = bytes(&file)?;
    let stage = Stage::set(arguments, &place).await?;
    let mark = stage.mark();
    let took = say_hellos(stage.client(), n, IN_FLIGHT).await?;
    let measurement = Measurement {
        in_flight: Some(IN_FLIGHT),
        ..Measurement::timed("w7", took.seconds, n, &took.latencies)
    };
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok(with_size(measurement, before, bytes(&file)?, n))
}

async fn raw(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let file = RawFile::make(arguments, &place)?;
    let before = bytes(file.path())?;
    let meter = Meter::start();
    let (took, written) = raw::hello::run(arguments, &file, n, IN_FLIGHT).await?;
    let measurement = Measurement {
        in_flight: Some(IN_FLIGHT),
        ..Measurement::timed("raw-w7", took.seconds, n, &took.latencies)
    };
    let measurement = raw::fill(arguments, meter, written, measurement);
    Ok(with_size(measurement, before, bytes(file.path())?, n))
}

fn with_size(mut measurement: Measurement, before: u64, after: u64, n: usize) -> Measurement {
    let grown = usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX);
    measurement.bytes_each = Some(round(count(grown) / count(n), 1));
    measurement
}

/// Returns the size of a file whose last connection has closed, which moves the log into it.
fn bytes(file: &Path) -> durable::Result<u64> {
    Ok(std::fs::metadata(file)?.len())
}
