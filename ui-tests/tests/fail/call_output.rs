//! A call yields the output of the function that the handle names.
use durable::prelude::*;

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<String, Failure> {
    Ok(cents.to_string())
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    let paid: u64 = ctx.call(charge, cents).await?;
    let text: String = ctx.call(charge, cents).await;
    ctx.call(charge, cents).await?.cents();
    match ctx.select((ctx.call(charge, cents), ctx.timer(days(1)))).await {
        First(paid) => paid,
        Second(()) => Ok(paid),
    }
}

fn main() {}
