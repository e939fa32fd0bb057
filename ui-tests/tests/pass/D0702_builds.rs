//! D0702: one behaviour per version, and a whole function that only some builds have.
use durable::prelude::*;

#[cfg(debug_assertions)]
#[orchestrator]
async fn debugging(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.timer(seconds(1)).await;
    Ok(())
}

#[orchestrator]
async fn built(ctx: OrchestrationContext, fast: bool) -> Result<(), Failure> {
    ctx.timer(if fast { seconds(1) } else { days(1) }).await;
    Ok(())
}

fn main() {}
