//! W4, `hello`: from the start of one instance to its result, on an idle worker.

use std::time::Instant;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::raw;
use crate::stage::Stage;
use crate::workload::functions::{say_hello, warm_up};

const INSTANCES: usize = 1_000;

/// Measures instances one after the other.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let n = arguments.n.unwrap_or(INSTANCES);
    let mut measurements = Vec::new();
    if arguments.wants_raw() {
        measurements.push(raw::hello::measure(arguments, "raw-w4", n, 1).await?);
    }
    if !arguments.raw_only {
        measurements.push(ours(arguments, n).await?);
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    warm_up(stage.client()).await?;
    let mark = stage.mark();
    let begin = Instant::now();
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        let begin = Instant::now();
        say_hello(stage.client()).await?;
        times.push(begin.elapsed());
    }
    let seconds = begin.elapsed().as_secs_f64();
    let measurement = Measurement::timed("w4", seconds, n, &Latencies::of(&times));
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok(measurement)
}
