//! D0105: `async` closures.
use durable::prelude::*;

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext) -> Result<(), Failure> {
    let pay = async |cents: u64| ctx.call(charge, cents).await;
    pay(1).await?;
    let twice = async move |a, b| {
        ctx.call(charge, a).await?;
        ctx.call(charge, b).await
    };
    twice(1, 2).await?;
    Ok(())
}

fn main() {}
