//! D0101: what an orchestrator joins and selects comes from its context, or is an `async` block of such.
#![deny(warnings)]

use durable::prelude::*;

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

/// A helper takes the context, and what it returns is a durable future.
#[deterministic]
async fn charge_twice(ctx: &OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    Ok(ctx.call(charge, cents).await? + ctx.call(charge, cents).await?)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    let (paid, ()) = ctx.join((ctx.call(charge, cents), ctx.timer(seconds(1)))).await;
    let _all = ctx.join_all([1, 2].map(|cents| ctx.call(charge, cents))).await;
    let twice = charge_twice(&ctx, cents);
    match ctx.select((twice, ctx.timer(days(1)))).await {
        First(twice) => Ok(paid? + twice?),
        Second(()) => Err(Failure::new("too late")),
    }
}

fn main() {}
