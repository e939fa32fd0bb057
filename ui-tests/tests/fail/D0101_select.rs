//! D0101: selects of what is not a durable future.
use durable::prelude::*;

async fn fetch(url: String) -> Result<String, Failure> {
    Ok(url)
}

#[activity]
async fn charge(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn ready(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.select((std::future::ready(1), ctx.timer(days(1)))).await;
    Ok(())
}

#[orchestrator]
async fn plain(ctx: OrchestrationContext, url: String) -> Result<(), Failure> {
    ctx.select((ctx.timer(days(1)), fetch(url))).await;
    Ok(())
}

#[orchestrator]
async fn list(ctx: OrchestrationContext, urls: Vec<String>) -> Result<(), Failure> {
    ctx.select_all(urls.into_iter().map(fetch)).await;
    Ok(())
}

#[orchestrator]
async fn handle(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.select((handle(ctx.clone(), cents), ctx.timer(days(1)))).await;
    ctx.select_all([charge(activity(), cents)]).await;
    Ok(())
}

fn activity() -> ActivityContext {
    loop {}
}

fn main() {}
