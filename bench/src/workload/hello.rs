//! `hello`: from the start of one instance to its result, on an idle worker. One orchestrator, one activity.

use std::time::Instant;

use durable::prelude::*;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::quantile::Latencies;
use crate::stage::Stage;

const INSTANCES: usize = 1_000;

/// Instances that are not counted: they open connections and prepare statements.
const WARM_UP: usize = 20;

/// The start with the first turn's call, and the result with the second turn.
const FLOOR_COMMITS: u32 = 2;

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

/// Runs instances one after the other.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Measurement> {
    let instances = arguments.n.unwrap_or(INSTANCES);
    let stage = Stage::set(arguments).await?;
    for _ in 0..WARM_UP {
        one(stage.client()).await?;
    }
    let mark = stage.mark();
    let begin = Instant::now();
    let mut times = Vec::with_capacity(instances);
    for _ in 0..instances {
        let begin = Instant::now();
        one(stage.client()).await?;
        times.push(begin.elapsed());
    }
    let seconds = begin.elapsed().as_secs_f64();
    let measurement = Measurement::timed("hello", seconds, instances, &Latencies::of(&times));
    let measurement = stage.fill(
        mark,
        Measurement {
            floor_commits: Some(FLOOR_COMMITS),
            ..measurement
        },
    );
    stage.strike().await?;
    Ok(measurement)
}

async fn one(client: &Client) -> durable::Result<()> {
    let run = client.start(hello, "world".to_owned()).await?;
    run.wait().await?;
    Ok(())
}
