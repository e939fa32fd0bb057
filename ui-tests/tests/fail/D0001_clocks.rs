//! D0001: an orchestrator that reads a clock.
#![deny(deprecated)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use durable::prelude::*;

#[orchestrator]
async fn paths(ctx: OrchestrationContext) -> Result<Duration, Failure> {
    let began = std::time::SystemTime::now();
    let also = <Instant>::now();
    let _both = async { SystemTime::now() }.await;
    ctx.timer(seconds(1)).await;
    tracing_like(format!("{:?} {began:?} {also:?}", Instant::now()));
    Ok(UNIX_EPOCH.elapsed()?)
}

#[orchestrator]
async fn inside(_ctx: OrchestrationContext) -> Result<bool, Failure> {
    use std::time::Instant as T;

    fn late(limit: T) -> bool {
        T::now() > limit
    }
    let clock = T::now;
    let read = || clock() < T::now();
    Ok(read() || late(clock()))
}

#[orchestrator]
async fn unsure(_ctx: OrchestrationContext, waited: Waited) -> Result<Duration, Failure> {
    Ok(waited.elapsed())
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Waited(Duration);

impl Waited {
    fn elapsed(&self) -> Duration {
        self.0
    }
}

fn tracing_like(_: String) {}

fn main() {}
