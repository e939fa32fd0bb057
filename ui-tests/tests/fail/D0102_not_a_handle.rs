//! D0102: `ctx.call` is given something else than a handle.
use durable::prelude::*;

async fn forgotten(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

async fn plain(cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.call(forgotten, cents).await?;
    ctx.call(plain, cents).await?;
    ctx.call("charge", cents).await?;
    ctx.call(checkout(ctx.clone(), cents), cents).await?;
    Ok(())
}

fn main() {}
