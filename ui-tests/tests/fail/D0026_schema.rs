//! D0026: a type that has no recorded form.
use durable::prelude::*;

#[derive(DurableSchema)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {}
