//! W2, `steps`: one instance of many activities, one after the other. The cost of a step must not grow with the history.

use std::time::Instant;

use durable::prelude::*;

use crate::arguments::{Arguments, Hub};
use crate::measurement::{Growth, Measurement};
use crate::moments::Moments;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::raw;
use crate::stage::Stage;

/// How many steps the instances have, unless the command line says.
const LENGTHS: [usize; 2] = [1_000, 10_000];

/// The same in a storage account.
const AZURE_LENGTH: usize = 300;

#[activity]
async fn step(ctx: ActivityContext, number: u64) -> Result<u64, Failure> {
    ctx.state::<Moments>().add();
    Ok(number)
}

#[orchestrator]
async fn staircase(ctx: OrchestrationContext, steps: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for number in 0..steps {
        sum += ctx.call(step, number).await?;
    }
    Ok(sum)
}

/// Measures each length.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    let lengths = match arguments.hub {
        Hub::Azure => vec![AZURE_LENGTH],
        Hub::Sqlite | Hub::Memory => LENGTHS.to_vec(),
    };
    for n in arguments.n.map_or(lengths, |n| vec![n]) {
        if arguments.wants_raw() {
            measurements.push(match arguments.hub {
                Hub::Azure => raw::azure::steps("raw-w2", n).await?,
                Hub::Sqlite | Hub::Memory => raw::steps::measure(arguments, n).await?,
            });
        }
        if !arguments.raw_only {
            measurements.push(ours(arguments, n).await?);
        }
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let (measurement, _) = timed(arguments, n).await?;
    Ok(measurement)
}

/// Runs one instance of `n` steps. Returns the time of each as well.
pub(crate) async fn timed(arguments: &Arguments, n: usize) -> durable::Result<(Measurement, Latencies)> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    let mark = stage.mark();
    let begin = Instant::now();
    let run = stage.client().start(staircase, u64::try_from(n)?).await?;
    run.wait().await?;
    let seconds = begin.elapsed().as_secs_f64();
    let latencies = Latencies::between(&stage.moments().all());
    let measurement = Measurement {
        growth: Growth::of(&latencies),
        ..Measurement::timed("w2", seconds, n, &latencies)
    };
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok((measurement, latencies))
}
