//! D0010: async or not.
use durable::prelude::*;
use durable::Failure;

#[orchestrator]
fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(blocking)]
async fn hash(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
