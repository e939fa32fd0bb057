//! D0202: strict code calls what nothing is known of.
use durable::prelude::*;

mod prices {
    pub fn shipping(parcels: u32) -> u32 {
        parcels * 2
    }
}

#[activity]
async fn charge(_: ActivityContext, cents: u32) -> Result<u32, Failure> {
    Ok(cents)
}

#[deterministic]
fn worker() -> ActivityContext {
    loop {}
}

fn jitter(cents: u32) -> u32 {
    cents + 1
}

fn double(cents: u32) -> u32 {
    cents * 2
}

#[orchestrator(strict)]
async fn checkout(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
    let cents = jitter(cents) + prices::shipping(3);
    let all: Vec<u32> = [1, 2].map(double).to_vec();
    drop(charge(worker(), all[0]));
    Ok(ctx.call(charge, cents).await?)
}

#[deterministic(strict)]
fn total(cents: u32) -> u32 {
    jitter(cents)
}

fn main() {}
