//! `steps`: one instance of many activities, one after the other. The cost of a step must not grow with the history.

use std::time::Instant;

use durable::prelude::*;

use crate::arguments::Arguments;
use crate::measurement::{Growth, Measurement};
use crate::moments::Moments;
use crate::quantile::Latencies;
use crate::stage::Stage;

/// How many steps the instances have, unless the command line says.
pub(crate) const LENGTHS: [usize; 2] = [1_000, 10_000];

/// The result of one step with the call of the next.
const FLOOR_COMMITS: u32 = 1;

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

/// Runs one instance of `n` steps.
pub(crate) async fn measure(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let stage = Stage::set(arguments).await?;
    let mark = stage.mark();
    let begin = Instant::now();
    let run = stage.client().start(staircase, u64::try_from(n)?).await?;
    run.wait().await?;
    let seconds = begin.elapsed().as_secs_f64();
    let latencies = Latencies::between(&stage.moments().all());
    let measurement = Measurement {
        growth: Growth::of(&latencies),
        floor_commits: Some(FLOOR_COMMITS),
        ..Measurement::timed("steps", seconds, n, &latencies)
    };
    let measurement = stage.fill(mark, measurement);
    stage.strike().await?;
    Ok(measurement)
}
