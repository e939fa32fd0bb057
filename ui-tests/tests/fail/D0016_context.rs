//! D0016: the first parameter is not the context.
use durable::prelude::*;
use durable::Failure;

struct Order;

#[orchestrator]
async fn none() -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
async fn reference(ctx: &OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
async fn other(ctx: ActivityContext, order: u8) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn input_only(order: u8) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn swapped(order: Order, ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
