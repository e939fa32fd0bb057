//! Two versions side by side.

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OrderV1 {
    id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
struct Order {
    id: String,
    express: bool,
}

#[migrate]
fn order_gains_express(old: OrderV1) -> Order {
    Order {
        id: old.id,
        express: false,
    }
}

#[activity(superseded)]
async fn pack(_ctx: ActivityContext, id: String) -> Result<String, Failure> {
    Ok(id)
}

#[activity(version = "2")]
async fn pack(_ctx: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(order.id)
}

#[orchestrator(superseded)]
async fn ship(ctx: OrchestrationContext, order: OrderV1) -> Result<String, Failure> {
    Ok(ctx.call(pack_v1, order.id).await?)
}

#[orchestrator(version = "2")]
async fn ship(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    Ok(ctx.call(pack, order).await?)
}

/// Moves itself to the next version when it starts over.
#[orchestrator(upgrade = "latest")]
async fn eternal(ctx: OrchestrationContext, round: u32) -> Result<(), Failure> {
    ctx.timer(days(1)).await;
    ctx.continue_as_new(round + 1).await
}

/// Says where it goes on.
#[orchestrator(superseded)]
async fn moving(ctx: OrchestrationContext, order: OrderV1) -> Result<String, Failure> {
    ctx.timer(days(1)).await;
    ctx.continue_as_new(Order {
        id: order.id,
        express: true,
    })
    .on(moving_v2)
    .await
}

#[orchestrator(version = "2")]
async fn moving(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    Ok(ctx.call(pack, order).await?)
}

/// A wire name of its own.
#[orchestrator(name = "legacy.shipping-process", timeout = "3d")]
async fn shipping(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    Ok(ctx.call(ship, order).await?)
}

/// Calls an older version of an orchestrator, by name.
#[orchestrator]
async fn old_child(ctx: OrchestrationContext, id: String) -> Result<String, Failure> {
    Ok(ctx.call(ship_v1, OrderV1 { id }).await?)
}
