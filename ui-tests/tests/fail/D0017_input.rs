//! D0017: inputs that cannot be read from a history.
use durable::prelude::*;
use durable::Failure;

#[activity]
async fn reference(_: ActivityContext, order: &str) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn opaque(_: ActivityContext, order: impl Send) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
