//! D0016: the first parameter is not the context, as only its type tells.
use durable::prelude::*;
use durable::Failure;

struct Order;
type Ctx = ActivityContext;

#[activity]
async fn unknown(_: Order) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
async fn alias(_: Ctx) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
