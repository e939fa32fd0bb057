//! D0020: keys that contradict each other.
use durable::prelude::*;
use durable::Failure;

#[activity(timeout = "5m", total_timeout = "30s", retry(backoff = "10s", factor = 2.0))]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(retry(backoff = "1m..1s"))]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
