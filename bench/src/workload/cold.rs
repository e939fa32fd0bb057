//! W8, `cold`: an instance with a long history that a new worker meets for the first time. From the event that wakes it to
//! the first step that is not in its history.

use std::time::{Duration, Instant};

use durable::prelude::*;

use crate::arguments::{Arguments, Hub};
use crate::measurement::Measurement;
use crate::moments::Moments;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::raw;
use crate::stage::Stage;

const EVENTS: usize = 10_000;

/// What a step adds to a history: the begin and the end of a turn, a result and a call.
const EVENTS_OF_STEP: usize = 4;

/// How often the instance is met by a new worker.
const MEETINGS: u64 = 5;

const INSTANCE: &str = "climber";

#[activity]
async fn rung(_ctx: ActivityContext, number: u64) -> Result<u64, Failure> {
    Ok(number)
}

#[activity]
async fn arrive(ctx: ActivityContext) -> Result<(), Failure> {
    ctx.state::<Moments>().add();
    Ok(())
}

/// Climbs, and then goes on whenever it is told to.
#[orchestrator]
async fn climb(ctx: OrchestrationContext, rungs: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for number in 0..rungs {
        sum += ctx.call(rung, number).await?;
    }
    ctx.set_custom_status(&"up")?;
    for _ in 0..MEETINGS {
        ctx.event::<()>("go").await;
        ctx.call(arrive, ()).await?;
    }
    Ok(sum)
}

/// Measures cold histories. What is in memory alone is never cold.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let events = arguments.n.unwrap_or(EVENTS);
    let mut measurements = Vec::new();
    if arguments.wants_raw() {
        measurements.push(raw::read::measure(arguments, events, MEETINGS)?);
    }
    if !arguments.raw_only && arguments.hub == Hub::Sqlite {
        measurements.push(ours(arguments, events / EVENTS_OF_STEP).await?);
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, rungs: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    let run = stage
        .client()
        .start(climb, u64::try_from(rungs)?)
        .id(INSTANCE)
        .await?;
    let is_up = |record: &durable::InstanceRecord| record.custom_status.is_some();
    run.wait_until(is_up).await?;
    let events = run.history().await?.events.len();
    stage.strike().await?;
    let mut times = Vec::new();
    let mut consumption = None;
    for _ in 0..MEETINGS {
        let stage = Stage::set(arguments, &place).await?;
        let mark = stage.mark();
        let begin = Instant::now();
        stage.client().instance(INSTANCE)?.raise_event("go", &()).await?;
        let arrived = stage.moments().first().await;
        times.push(arrived.saturating_duration_since(begin));
        consumption = Some(stage.fill(&mark, Measurement::default()));
        stage.strike().await?;
    }
    let seconds = times.iter().sum::<Duration>().as_secs_f64();
    let timed = Measurement::timed("w8", seconds, times.len(), &Latencies::of(&times));
    Ok(Measurement {
        n: events,
        workload: timed.workload,
        seconds: timed.seconds,
        p50_ms: timed.p50_ms,
        p99_ms: timed.p99_ms,
        ..consumption.unwrap_or_default()
    })
}
