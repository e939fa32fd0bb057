//! D0013: an upgrade between inputs that no migration connects.
use durable::prelude::*;
use durable::Failure;

#[orchestrator(superseded, upgrade = "latest")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "2")]
async fn checkout(_: OrchestrationContext, _: String) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
