//! D0008: every version has its own number, and every function its own wire name.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator(version = "1", superseded)]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "1.1")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "bank.charge")]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "bank.refund")]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
