//! W5, `timers`: how late durable timers of one second fire, 1,000 of them at once.

use std::time::{Duration, Instant};

use durable::prelude::*;
use durable::{Clock as _, SystemClock};

use crate::arguments::Arguments;
use crate::load;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::process::Meter;
use crate::quantile::Latencies;
use crate::stage::Stage;

const TIMERS: usize = 1_000;

const NAP: Duration = Duration::from_secs(1);

/// Waits, and returns by how many microseconds that was too long.
#[orchestrator]
async fn nap(ctx: OrchestrationContext) -> Result<i64, Failure> {
    let due = ctx.now().saturating_add(NAP);
    ctx.timer_at(due).await;
    let woken = ctx.side_effect(|| SystemClock.now().as_micros()).await;
    Ok(woken - due.as_micros())
}

/// Measures timers.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let n = arguments.n.unwrap_or(TIMERS);
    let mut measurements = Vec::new();
    if arguments.wants_raw() {
        measurements.push(raw(n).await?);
    }
    if !arguments.raw_only {
        measurements.push(ours(arguments, n).await?);
    }
    Ok(measurements)
}

async fn ours(arguments: &Arguments, n: usize) -> durable::Result<Measurement> {
    let place = Place::make(arguments)?;
    let stage = Stage::set(arguments, &place).await?;
    let mark = stage.mark();
    let begin = Instant::now();
    let (overshoots, told) = std::sync::mpsc::channel();
    let client = stage.client().clone();
    load::run(n, n, move |_| {
        let (client, overshoots) = (client.clone(), overshoots.clone());
        async move {
            let late = client.start(nap, ()).await?.wait().await?;
            // The other end lives until all are done.
            let _ = overshoots.send(Duration::from_micros(u64::try_from(late).unwrap_or_default()));
            Ok(())
        }
    })
    .await?;
    let late = Latencies::of(&told.iter().collect::<Vec<_>>());
    let measurement = Measurement::timed("w5", begin.elapsed().as_secs_f64(), n, &late);
    let measurement = stage.fill(&mark, measurement);
    stage.strike().await?;
    Ok(measurement)
}

/// Measures the runtime's own timers.
async fn raw(n: usize) -> durable::Result<Measurement> {
    let meter = Meter::start();
    let begin = Instant::now();
    let sleeps: Vec<_> = (0..n)
        .map(|_| {
            tokio::spawn(async {
                let begin = Instant::now();
                tokio::time::sleep(NAP).await;
                begin.elapsed().saturating_sub(NAP)
            })
        })
        .collect();
    let mut late = Vec::with_capacity(n);
    for sleep in sleeps {
        late.push(sleep.await?);
    }
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Measurement {
        hub: "raw",
        consumption: meter.stop(),
        ..Measurement::timed("raw-w5", seconds, n, &Latencies::of(&late))
    })
}
