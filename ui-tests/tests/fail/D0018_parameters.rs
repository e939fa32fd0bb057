//! D0018: more than one input.
use durable::prelude::*;
use durable::Failure;

#[activity]
async fn charge(_: ActivityContext, order: String, cents: u64, at: u64) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
