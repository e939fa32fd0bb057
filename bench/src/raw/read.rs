//! A long history, read and decoded: as many rows as an instance has steps, each a frame of three events.

use std::time::Instant;

use super::file::RawFile;
use super::rows::{self, Rows};
use super::writer::Written;
use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::process::Meter;
use crate::quantile::Latencies;

/// What a row holds.
const EVENTS_OF_STEP: usize = 3;

/// Measures some readings of a history of so many events, each with a new connection.
pub(crate) fn measure(arguments: &Arguments, events: usize, readings: u64) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let file = RawFile::make(arguments, &place)?;
    let connection = file.open(arguments)?;
    connection.execute_batch("BEGIN")?;
    for number in 0..events.div_ceil(EVENTS_OF_STEP) {
        let number = i64::try_from(number)?;
        Rows::Step { instance: 1, number }.write(&connection)?;
    }
    connection.execute_batch("COMMIT")?;
    drop(connection);
    let meter = Meter::start();
    let mut times = Vec::new();
    let mut events = 0;
    for _ in 0..readings {
        let connection = file.open(arguments)?;
        let begin = Instant::now();
        events = rows::read(&connection)?.len();
        times.push(begin.elapsed());
    }
    let latencies = Latencies::of(&times);
    let seconds = times.iter().sum::<std::time::Duration>().as_secs_f64();
    let measurement = Measurement {
        n: events,
        per_second: 0.0,
        ..Measurement::timed("raw-w8", seconds, events, &latencies)
    };
    Ok(super::fill(arguments, meter, Written::default(), measurement))
}
