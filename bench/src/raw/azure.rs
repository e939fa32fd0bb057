//! The same storage operations without a hub: as many for each instance, in the order that the protocol demands.

use std::sync::Arc;
use std::time::Instant;

use durable::azure::raw::RawStorage;

use crate::account::{self, OperationsEach};
use crate::load;
use crate::measurement::{Growth, Measurement};
use crate::process::Meter;
use crate::quantile::Latencies;

async fn open() -> durable::Result<RawStorage> {
    Ok(RawStorage::open(&account::connection()?, &durable_testazure::fresh_name("Bench")).await?)
}

/// Measures instances of one activity each.
pub(crate) async fn hellos(
    workload: &'static str,
    n: usize,
    in_flight: usize,
) -> durable::Result<Measurement> {
    let raw = Arc::new(open().await?);
    // What opens connections is not counted, as with the hub.
    for piece in 0..20 {
        let instance = raw.begin(&format!("warm-up-{piece}")).await?;
        raw.end(instance).await?;
    }
    raw.settle().await?;
    let (before, meter) = (raw.operations().counts(), Meter::start());
    let storage = Arc::clone(&raw);
    let took = load::run(n, in_flight, move |piece| {
        let raw = Arc::clone(&storage);
        async move {
            let instance = raw.begin(&format!("instance-{piece}")).await?;
            Ok(raw.end(instance).await?)
        }
    })
    .await?;
    raw.settle().await?;
    Ok(Measurement {
        hub: "raw",
        operations: Some(OperationsEach::of(&before, raw.operations(), n)),
        consumption: meter.stop(),
        ..Measurement::timed(workload, took.seconds, n, &took.latencies)
    })
}

/// Measures the steps of one instance.
pub(crate) async fn steps(workload: &'static str, n: usize) -> durable::Result<Measurement> {
    let raw = open().await?;
    let (before, meter) = (raw.operations().counts(), Meter::start());
    let begin = Instant::now();
    let mut instance = raw.begin("staircase").await?;
    let mut times = Vec::with_capacity(n);
    for _ in 1..n {
        let begin = Instant::now();
        raw.step(&mut instance).await?;
        times.push(begin.elapsed());
    }
    raw.end(instance).await?;
    let seconds = begin.elapsed().as_secs_f64();
    raw.settle().await?;
    let latencies = Latencies::of(&times);
    Ok(Measurement {
        hub: "raw",
        growth: Growth::of(&latencies),
        operations: Some(OperationsEach::of(&before, raw.operations(), n)),
        consumption: meter.stop(),
        ..Measurement::timed(workload, seconds, n, &latencies)
    })
}
