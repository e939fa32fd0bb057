//! D0016: the first parameter is the function's own context, by value; an alias of it will do.
#![deny(warnings)]

use durable::prelude::*;

type Ctx = OrchestrationContext;

#[orchestrator]
async fn none(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
async fn value(ctx: OrchestrationContext) -> Result<u64, Failure> {
    Ok(ctx.clone().random())
}

#[orchestrator]
async fn alias(_: Ctx, _order: u8) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn before_the_input(ctx: ActivityContext, order: u8) -> Result<String, Failure> {
    Ok(format!("{order}: {}", ctx.idempotency_key()))
}

fn main() {}
