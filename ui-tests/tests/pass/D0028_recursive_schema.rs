//! D0028: `#[durable(opaque)]` above the fields that lead back to their own type.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DurableSchema)]
struct Node {
    #[durable(opaque)]
    children: Vec<Node>,
    #[durable(opaque)]
    parent: Option<Box<Self>>,
}

#[activity]
async fn count(_: ActivityContext, node: Node) -> Result<usize, Failure> {
    Ok(node.children.len() + usize::from(node.parent.is_some()))
}

fn main() {}
