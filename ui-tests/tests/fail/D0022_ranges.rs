//! D0022: numbers out of range.
use durable::prelude::*;
use durable::Failure;

#[activity(retry(max_attempts = 0, factor = 0.5, jitter = -0.1), max_concurrent = 0)]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
