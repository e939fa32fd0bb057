//! D0006: what is read once is recorded.
use durable::prelude::*;

#[orchestrator]
async fn curious(ctx: OrchestrationContext) -> Result<String, Failure> {
    let bank = ctx.side_effect(|| std::env::var("BANK").ok()).await;
    Ok(bank.unwrap_or_else(|| "none".to_owned()))
}

fn main() {}
