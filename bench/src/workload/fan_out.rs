//! W3, `fan-out`: one instance that calls many activities at once and waits for all.

use std::time::Instant;

use durable::prelude::*;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::raw;
use crate::stage::Stage;

/// How many activities the instances have, unless the command line says.
const WIDTHS: [usize; 2] = [1_000, 10_000];

#[activity]
async fn square(_ctx: ActivityContext, number: u64) -> Result<u64, Failure> {
    Ok(number * number)
}

#[orchestrator]
async fn squares(ctx: OrchestrationContext, width: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for result in ctx
        .join_all((0..width).map(|number| ctx.call(square, number)))
        .await
    {
        sum += result?;
    }
    Ok(sum)
}

/// Measures each width.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for n in arguments.n.map_or(WIDTHS.to_vec(), |n| vec![n]) {
        if arguments.wants_raw() {
            measurements.push(raw::waves::measure(arguments, n)?);
        }
        if !arguments.raw_only {
            measurements.push(ours(arguments, n).await?);
        }
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    let width = u64::try_from(n)?;
    // What is not counted: connections, statements, threads.
    stage.client().start(squares, 10).await?.wait().await?;
    let mark = stage.mark();
    let begin = Instant::now();
    let sum = stage.client().start(squares, width).await?.wait().await?;
    let took = begin.elapsed();
    let expected: u64 = (0..width).map(|number| number * number).sum();
    if sum != expected {
        return Err(Failure::new(format!("the sum is {sum} and not {expected}")));
    }
    let measurement = Measurement::timed("w3", took.as_secs_f64(), n, &Latencies::of(&[took]));
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok(measurement)
}
