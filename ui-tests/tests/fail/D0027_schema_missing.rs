//! D0027: a field whose type has no schema.
use durable::prelude::*;

struct Address;

#[derive(DurableSchema)]
struct Order {
    id: String,
    address: Vec<Address>,
}

fn main() {}
