//! D0010: an `async fn`, or a plain `fn` that says `blocking`.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator]
async fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(blocking)]
fn hash(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
