//! D0008: one version of one function twice, and one wire name for two functions.
use durable::prelude::*;
use durable::Failure;

#[orchestrator(version = "1", superseded)]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "1.0")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "bank.charge")]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "bank.charge")]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
