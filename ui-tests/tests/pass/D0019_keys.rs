//! D0019: keys that the attribute has, each once, with values as the help writes them.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator(version = "1", superseded, upgrade = "latest")]
async fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "2")]
async fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "2", retry(max_attempts = 5, backoff = "1s..1m"), blocking)]
fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(retry(max_attempts = 5, non_retriable("Declined")), timeout = "30s")]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
