//! While a body is written, its callers are not in the way.
use durable::prelude::*;

#[orchestrator]
async fn unfinished(ctx: OrchestrationContext, parcels: u32) -> Result<u32, Failure> {
    ctx.
}

#[orchestrator]
async fn caller(ctx: OrchestrationContext, parcels: u32) -> Result<u32, Failure> {
    Ok(ctx.call(unfinished, parcels).await?)
}

fn main() {}
