//! D0018: several values are one input: a struct, which can gain fields later, or a tuple.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Charge {
    order: String,
    cents: u64,
    #[serde(default)]
    at: u64,
}

#[activity]
async fn charge(_: ActivityContext, Charge { order, cents, at }: Charge) -> Result<String, Failure> {
    Ok(format!("{order}: {cents} at {at}"))
}

#[activity]
async fn refund(_: ActivityContext, (order, cents): (String, u64)) -> Result<String, Failure> {
    Ok(format!("{order}: {cents}"))
}

fn main() {}
