//! D0015: a plain function of a module; what varied, or stood in `self`, is in the input.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Document {
    Invoice(u64),
    Letter(String),
}

#[activity]
async fn store(_: ActivityContext, document: Document) -> Result<(), Failure> {
    match document {
        Document::Invoice(_) | Document::Letter(_) => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
struct Shop {
    id: String,
}

#[activity(blocking)]
fn open(_: ActivityContext, shop: Shop) -> Result<String, Failure> {
    Ok(shop.id)
}

fn main() {}
