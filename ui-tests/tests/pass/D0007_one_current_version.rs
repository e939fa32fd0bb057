//! D0007: all versions but one are `superseded`.
#![deny(warnings)]

use durable::function::DurableFunction;
use durable::prelude::*;

#[orchestrator(version = "1", superseded)]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "2")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    assert_eq!(checkout::VERSION, checkout_v2::VERSION);
}
