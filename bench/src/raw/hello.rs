//! Instances of one activity each: two commits, each shared with whoever waits as well.

use super::file::RawFile;
use super::rows::Rows;
use super::writer::{Writer, Written};
use crate::arguments::Arguments;
use crate::load;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::process::Meter;

/// Measures instances, so and so many in flight.
pub(crate) async fn measure(
    arguments: &Arguments,
    workload: &'static str,
    n: usize,
    in_flight: usize,
) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let file = RawFile::make(arguments, &place)?;
    let meter = Meter::start();
    let (took, written) = run(arguments, &file, n, in_flight).await?;
    let measurement = Measurement::timed(workload, took.seconds, n, &took.latencies);
    Ok(super::fill(arguments, meter, written, measurement))
}

/// Writes instances to a file.
pub(crate) async fn run(
    arguments: &Arguments,
    file: &RawFile,
    n: usize,
    in_flight: usize,
) -> durable::Result<(load::Took, Written)> {
    let (writer, thread) = Writer::start(file.open(arguments)?);
    let took = load::run(n, in_flight, move |piece| {
        let writer = writer.clone();
        async move {
            let instance = i64::try_from(piece)?;
            writer.write(Rows::Start { instance }).await?;
            writer.write(Rows::End { instance }).await
        }
    })
    .await?;
    Ok((took, thread.join()?))
}
