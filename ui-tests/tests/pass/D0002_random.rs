//! D0002: recorded randomness, and functions of the user's own that have a common name.
use durable::prelude::*;

fn random() -> u64 {
    4
}

#[orchestrator]
async fn lottery(ctx: OrchestrationContext) -> Result<(u64, String), Failure> {
    Ok((ctx.random() + random(), ctx.new_uuid().to_string()))
}

fn main() {}
