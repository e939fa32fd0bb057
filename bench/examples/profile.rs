//! A fixed amount of work for a profiler. docs/performance.md says how the cost of one piece is taken from two runs.
//!
//! ```sh
//! profile FILE hello N LANES    # N instances of one activity each, LANES of them at any time
//! profile FILE steps N          # one instance of N activities, one after the other
//! profile FILE climb N          # an instance of N recorded activities that then waits for events
//! profile FILE meet TIMES       # new workers that meet it, each with one event
//! ```
//!
//! It needs nothing but the public interface, so that it builds on other commits, too.

#![forbid(unsafe_code)]

use durable::prelude::*;
use durable::sqlite::SqliteHub;
use durable::{App, Client};

const INSTANCE: &str = "climber";

/// How often it can be told to take a step.
const MEETINGS: u64 = 1_000;

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

#[activity]
async fn step(_ctx: ActivityContext, number: u64) -> Result<u64, Failure> {
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

/// Climbs, and then takes a step whenever it is told to.
#[orchestrator]
async fn climb(ctx: OrchestrationContext, rungs: u64) -> Result<u64, Failure> {
    for number in 0..rungs {
        ctx.call(step, number).await?;
    }
    for told in 0..MEETINGS {
        ctx.set_custom_status(&told)?;
        ctx.event::<()>("go").await;
        ctx.call(step, told).await?;
    }
    Ok(rungs)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [file, "hello", n, lanes] => hellos(file, n.parse()?, lanes.parse()?).await,
        [file, "steps", n] => steps(file, n.parse()?).await,
        [file, "climb", n] => climb_up(file, n.parse()?).await,
        [file, "meet", times] => meet(file, times.parse()?).await,
        _ => Err(Failure::new(
            "usage: profile FILE hello N LANES | steps N | climb N | meet TIMES",
        )),
    }
}

async fn hellos(file: &str, n: usize, lanes: usize) -> durable::Result<()> {
    let running = App::new(SqliteHub::at(file)).start().await?;
    let lanes: Vec<_> = (0..lanes)
        .map(|lane| tokio::spawn(say(running.client().clone(), (lane..n).step_by(lanes).len())))
        .collect();
    for lane in lanes {
        lane.await??;
    }
    Ok(running.shutdown().await?)
}

async fn say(client: Client, n: usize) -> durable::Result<()> {
    for _ in 0..n {
        let run = client.start(hello, "world".to_owned()).await?;
        run.wait().await?;
    }
    Ok(())
}

async fn steps(file: &str, n: u64) -> durable::Result<()> {
    let running = App::new(SqliteHub::at(file)).start().await?;
    running.client().start(staircase, n).await?.wait().await?;
    Ok(running.shutdown().await?)
}

async fn climb_up(file: &str, n: u64) -> durable::Result<()> {
    let running = App::new(SqliteHub::at(file)).start().await?;
    let run = running.client().start(climb, n).id(INSTANCE).await?;
    run.wait_until(|record| record.custom_status.is_some()).await?;
    Ok(running.shutdown().await?)
}

async fn meet(file: &str, times: u64) -> durable::Result<()> {
    for _ in 0..times {
        let running = App::new(SqliteHub::at(file)).start().await?;
        let run = running.client().instance(INSTANCE)?;
        let told = run.status().await?.custom_status;
        run.raise_event("go", &()).await?;
        run.wait_until(move |record| record.custom_status != told).await?;
        running.shutdown().await?;
    }
    Ok(())
}
