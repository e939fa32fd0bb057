//! D0007: two versions of one function are current.
use durable::prelude::*;
use durable::Failure;

#[orchestrator(version = "1")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "2")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
