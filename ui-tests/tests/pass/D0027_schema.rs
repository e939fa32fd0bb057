//! D0027: the field's type derives `DurableSchema`, or the field is `#[durable(opaque)]`.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DurableSchema)]
struct Address {
    city: String,
}

#[derive(Serialize, Deserialize)]
struct Foreign;

#[derive(Serialize, Deserialize, DurableSchema)]
struct Order {
    address: Vec<Address>,
    #[durable(opaque)]
    foreign: Foreign,
}

#[activity]
async fn send(_: ActivityContext, order: Order) -> Result<Vec<String>, Failure> {
    let Foreign = order.foreign;
    Ok(order.address.into_iter().map(|address| address.city).collect())
}

fn main() {}
