//! D0003: durable timers, and a limit.
use durable::prelude::*;

#[deterministic]
async fn sleep(ctx: &OrchestrationContext) {
    ctx.timer(seconds(1)).await;
}

#[orchestrator]
async fn patient(ctx: OrchestrationContext) -> Result<bool, Failure> {
    sleep(&ctx).await;
    let done = ctx.select((ctx.event::<u8>("done"), ctx.timer(days(1)))).await;
    Ok(matches!(done, First(_)))
}

fn main() {}
