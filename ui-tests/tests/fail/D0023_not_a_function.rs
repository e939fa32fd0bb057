//! D0023: the attribute on something else.
use durable::prelude::*;
use durable::Failure;

#[orchestrator]
struct Checkout {
    id: String,
}

#[activity]
impl Checkout {
    fn charge() {}
}

#[migrate]
enum Old {}

#[durable::main]
mod start {}

fn main() -> Result<(), Failure> {
    Ok(())
}
