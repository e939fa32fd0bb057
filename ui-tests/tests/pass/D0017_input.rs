//! D0017: the input is owned, and its type is written out.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
}

#[activity]
async fn text(_: ActivityContext, order: String) -> Result<String, Failure> {
    Ok(order)
}

#[activity]
async fn named(_: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(order.id)
}

fn main() {}
