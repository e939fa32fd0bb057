//! Steps of one instance, one after the other: one commit each, with the way to the writer's thread and back.

use std::time::Instant;

use super::file::RawFile;
use super::rows::Rows;
use super::writer::Writer;
use crate::arguments::Arguments;
use crate::measurement::{Growth, Measurement};
use crate::place::Place;
use crate::process::Meter;
use crate::quantile::Latencies;

/// Measures `n` steps.
pub(crate) async fn measure(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let (measurement, _) = timed(arguments, n).await?;
    Ok(measurement)
}

/// Measures `n` steps. Returns the time of each as well.
pub(crate) async fn timed(arguments: &Arguments, n: usize) -> durable::Result<(Measurement, Latencies)> {
    let place = Place::make(arguments)?;
    let file = RawFile::make(arguments, &place)?;
    let (writer, thread) = Writer::start(file.open(arguments)?);
    writer.write(Rows::Start { instance: 1 }).await?;
    let meter = Meter::start();
    let begin = Instant::now();
    let mut times = Vec::with_capacity(n);
    for number in 0..n {
        let begin = Instant::now();
        let number = i64::try_from(number)?;
        writer.write(Rows::Step { instance: 1, number }).await?;
        times.push(begin.elapsed());
    }
    let seconds = begin.elapsed().as_secs_f64();
    drop(writer);
    let written = thread.join()?;
    let latencies = Latencies::of(&times);
    let measurement = Measurement {
        growth: Growth::of(&latencies),
        ..Measurement::timed("raw-w2", seconds, n, &latencies)
    };
    Ok((super::fill(arguments, meter, written, measurement), latencies))
}
