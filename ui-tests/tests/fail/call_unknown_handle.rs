//! A misspelt handle, and a version that there is not.
use durable::prelude::*;

#[activity(version = "2")]
async fn charge(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.call(chrage, cents).await?;
    ctx.call(charge_v1, cents).await?;
    Ok(())
}

fn main() {}
