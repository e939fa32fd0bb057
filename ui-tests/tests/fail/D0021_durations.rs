//! D0021: malformed durations.
use durable::prelude::*;
use durable::Failure;

#[activity(timeout = "30", total_timeout = "soon", retry(backoff = "1s..1week"))]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(timeout = "0s", total_timeout = "40000d")]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
