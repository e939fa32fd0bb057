//! Every error of a function is reported at once, and its callers still resolve.
use durable::prelude::*;
use durable::Failure;

#[activity(version = "x", retry(max_attempts = 0))]
fn charge(ctx: &ActivityContext, order: &str, cents: u64) {}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext) -> Result<(), Failure> {
    let _ = charge;
    let _: Option<charge> = None;
    Ok(())
}

fn main() {}
