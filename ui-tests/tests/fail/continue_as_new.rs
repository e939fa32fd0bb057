//! The next execution takes the orchestrator's own input, or one that a migration makes of the given value.
use durable::prelude::*;

#[orchestrator(version = "1")]
async fn poll(ctx: OrchestrationContext, url: String) -> Result<(), Failure> {
    if url.is_empty() {
        return ctx.continue_as_new(7).on(other_v1).await;
    }
    if url == "/" {
        return ctx.continue_as_new(url).on(other_v1).await;
    }
    if url.len() > 9 {
        return ctx.continue_as_new(7).await;
    }
    ctx.continue_as_new(url.len().into()).await
}

#[orchestrator(version = "1", upgrade = "latest")]
async fn other(ctx: OrchestrationContext, count: u64) -> Result<(), Failure> {
    if count > 9 {
        return ctx.continue_as_new(count).await;
    }
    ctx.continue_as_new("seven").await
}

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<(), Failure> {
    drop(cents);
    Ok(())
}

#[orchestrator]
async fn to_an_activity(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.continue_as_new(cents).on(charge).await
}

fn main() {}
