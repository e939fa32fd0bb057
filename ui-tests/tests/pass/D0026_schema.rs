//! D0026: an enum in place of the union.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DurableSchema)]
enum Bits {
    Int(u32),
    Float(f32),
}

#[activity]
async fn round(_: ActivityContext, bits: Bits) -> Result<f32, Failure> {
    match bits {
        Bits::Int(int) => Err(Failure::new(format!("{int} is whole"))),
        Bits::Float(float) => Ok(float.round()),
    }
}

fn main() {}
