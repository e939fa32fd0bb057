//! D0025: a plain `fn` from the old input to the new one, both by value and of different types.
#![deny(warnings)]

use durable::function::MigrateInto;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OrderV1 {
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
    cents: u64,
}

#[migrate]
fn upgrade(old: OrderV1) -> Order {
    Order { id: old.id, cents: 0 }
}

#[migrate]
fn from_id(old: String) -> OrderV1 {
    OrderV1 { id: old }
}

fn main() {
    let order: Order = upgrade("a".to_owned().migrate());
    assert_eq!((order.id.as_str(), order.cents), ("a", 0));
}
