//! A monitor: look, wait, look again. Continue-as-new keeps its history short however long it watches.
//!
//! Run it with `cargo run --bin monitor`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

/// Shared state: given to the app, read by activities.
#[derive(Default)]
struct Reactor {
    readings: AtomicU32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Watch {
    limit: u32,
    looks: u32,
}

#[activity]
async fn read_temperature(ctx: ActivityContext) -> Result<u32, Failure> {
    let readings = ctx.state::<Reactor>().readings.fetch_add(1, Ordering::SeqCst);
    Ok(80 + readings * 5)
}

#[orchestrator]
async fn monitor(ctx: OrchestrationContext, watch: Watch) -> Result<String, Failure> {
    let degrees = ctx.call(read_temperature, ()).await?;
    ctx.set_custom_status(&format!("{degrees} degrees"))?;
    if degrees >= watch.limit {
        return Ok(format!("{degrees} degrees after {} looks", watch.looks + 1));
    }
    ctx.timer(Duration::from_millis(20)).await;
    // The next look is a new execution with a history of its own.
    ctx.continue_as_new(Watch {
        looks: watch.looks + 1,
        ..watch
    })
    .await
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("monitor")?)
        .state(Reactor::default())
        .start()
        .await?;

    let run = app
        .client()
        .start(monitor, Watch { limit: 100, looks: 0 })
        .await?;
    println!("{}", run.wait().await?);
    let record = run.status().await?;
    println!(
        "executions: {}, events in the last one's history: {}",
        record.generation + 1,
        record.event_count
    );

    Ok(app.shutdown().await?)
}
