//! `ctx.call` takes the input of the function that the handle names.
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
}

#[activity]
async fn charge(_: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(order.id)
}

#[activity]
async fn ping(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<(), Failure> {
    ctx.call(charge, "order-42").await?;
    ctx.call(charge, &order).await?;
    ctx.call(ping, order).await?;
    ctx.call(ping).await?;
    ctx.call(checkout, 7).await?;
    Ok(())
}

fn main() {}
