//! W1, `burst`: how many `hello` instances end in a second, 16 in flight and 2,000 in flight.

use crate::arguments::{Arguments, Hub};
use crate::measurement::Measurement;
use crate::place::Place;
use crate::raw;
use crate::stage::Stage;
use crate::workload::functions::{say_hellos, warm_up};

/// How many instances are in flight.
const GROUPS: [usize; 2] = [16, 2_000];

const INSTANCES: usize = 10_000;

/// The same in a storage account, where an instance is ten requests over the network.
const AZURE_GROUPS: [usize; 3] = [1, 8, 64];
const AZURE_INSTANCES: usize = 300;

/// Measures both numbers in flight.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    let (groups, instances) = match arguments.hub {
        Hub::Azure => (&AZURE_GROUPS[..], AZURE_INSTANCES),
        Hub::Sqlite | Hub::Memory => (&GROUPS[..], INSTANCES),
    };
    let n = arguments.n.unwrap_or(instances);
    for in_flight in groups.iter().copied() {
        if arguments.wants_raw() {
            measurements.push(raw(arguments, n, in_flight).await?);
        }
        if !arguments.raw_only {
            measurements.push(ours(arguments, n, in_flight).await?);
        }
    }
    Ok(measurements)
}

/// Measures instances on a hub.
pub(crate) async fn ours(arguments: &Arguments, n: usize, in_flight: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    warm_up(stage.client()).await?;
    let mark = stage.mark();
    let took = say_hellos(stage.client(), n, in_flight).await?;
    let measurement = Measurement {
        in_flight: Some(in_flight),
        ..Measurement::timed("w1", took.seconds, n, &took.latencies)
    };
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok(measurement)
}

/// Measures the same rows with bare SQLite: two commits for each instance, shared with whoever waits as well.
pub(crate) async fn raw(arguments: &Arguments, n: usize, in_flight: usize) -> durable::Result<Measurement> {
    let measurement = match arguments.hub {
        Hub::Azure => raw::azure::hellos("raw-w1", n, in_flight).await?,
        Hub::Sqlite | Hub::Memory => raw::hello::measure(arguments, "raw-w1", n, in_flight).await?,
    };
    Ok(Measurement {
        in_flight: Some(in_flight),
        ..measurement
    })
}
