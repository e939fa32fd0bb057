//! D0021: a duration is a whole number and a unit.
#![deny(warnings)]

use durable::function::DurableFunction;
use durable::prelude::*;

#[activity(timeout = "30s", total_timeout = "2h", retry(backoff = "250ms..5m"))]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(total_timeout = "3d", heartbeat = "90s")]
async fn refund(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    assert_eq!(charge::call_options().total_timeout, Some(hours(2)));
    assert_eq!(refund::call_options().total_timeout, Some(days(3)));
    assert_eq!(refund::call_options().heartbeat, Some(seconds(90)));
    assert_eq!(charge::call_options().heartbeat, None);
}
