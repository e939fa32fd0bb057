//! D0013: a `#[migrate]` function leads from the old input to the new one.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
}

#[orchestrator(superseded, upgrade = "latest")]
async fn checkout(_: OrchestrationContext, _: u8) -> Result<String, Failure> {
    Ok(String::new())
}

#[orchestrator(version = "2")]
async fn checkout(_: OrchestrationContext, order: Order) -> Result<String, Failure> {
    Ok(order.id)
}

#[migrate]
fn upgrade(old: u8) -> Order {
    Order { id: old.to_string() }
}

fn main() {}
