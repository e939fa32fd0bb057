//! D0019: keys and values of the attribute.
use durable::prelude::*;
use durable::Failure;

#[orchestrator(verson = "2", colour = "red", superseded, superseded, blocking)]
async fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[activity("2", version = 2, superseded = true, retry = "5", upgrade = "latest")]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(retry(attempts = 5, non_retriable = "Declined", max_attempts = "5"), timeout(30), version)]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "2", upgrade = "newest")]
async fn newest(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
