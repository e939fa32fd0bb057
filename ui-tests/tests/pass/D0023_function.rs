//! D0023: each attribute stands on a function of a module.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct CheckoutV1 {
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Checkout {
    id: String,
    cents: u64,
}

#[orchestrator]
async fn checkout(_: OrchestrationContext, input: Checkout) -> Result<u64, Failure> {
    Ok(input.cents)
}

#[activity]
async fn charge(_: ActivityContext, input: Checkout) -> Result<String, Failure> {
    Ok(input.id)
}

#[migrate]
fn upgrade(old: CheckoutV1) -> Checkout {
    Checkout { id: old.id, cents: 0 }
}

#[durable::main]
async fn main() {}
