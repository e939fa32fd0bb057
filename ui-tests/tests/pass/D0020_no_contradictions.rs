//! D0020: `total_timeout` is at least `timeout`, a `factor` has a range to grow in, the shorter delay comes first.
#![deny(warnings)]

use durable::prelude::*;

#[activity(timeout = "30s", total_timeout = "5m", retry(backoff = "10s"))]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(retry(backoff = "1s..1m", factor = 2.0))]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
