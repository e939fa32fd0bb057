//! D0014: malformed versions.
use durable::prelude::*;
use durable::Failure;

#[activity(version = "v2")]
async fn letter(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "1.2.3.4.5")]
async fn long(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "01")]
async fn zero(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "")]
async fn empty(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
