//! D0028: a schema that contains itself.
use durable::prelude::*;

#[derive(DurableSchema)]
struct Node {
    children: Vec<Node>,
    parent: Option<Box<Self>>,
    #[durable(opaque)]
    fine: Vec<Node>,
}

fn main() {}
