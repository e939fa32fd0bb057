//! D0102: a function with the attribute, passed without calling it: plain, pinned, or the orchestrator itself.
#![deny(warnings)]

use durable::prelude::*;

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    if cents == 0 {
        return Ok(0);
    }
    let paid = ctx.call(charge, cents).await? + ctx.call(charge_v1, cents).await?;
    Ok(paid + ctx.call(checkout, cents - 1).await?)
}

fn main() {}
