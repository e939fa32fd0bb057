//! D0022: numbers at the ends of their ranges.
#![deny(warnings)]

use durable::prelude::*;

#[activity(retry(max_attempts = 1, factor = 1.0, jitter = 0.0), max_concurrent = 1)]
async fn least(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(
    retry(max_attempts = 4294967295, factor = 1000.0, jitter = 1.0),
    max_concurrent = 4294967295
)]
async fn most(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
