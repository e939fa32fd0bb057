//! A start, a compensation and a mock take the input of the function that the handle names.
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
}

#[activity]
async fn refund(_: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(order.id)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<(), Failure> {
    ctx.saga(|saga| async move {
        saga.undo_with(refund, "order-42");
        drop(order);
        Ok(())
    })
    .await
}

async fn start(client: &Client, order: Order) -> durable::Result<()> {
    client.start(checkout, "order-42").await?;
    client.start(checkout, &order).await?;
    let receipt: String = client.start(checkout, order).await?.wait().await?;
    Ok(())
}

fn mocked(app: &durable::testkit::TestApp) {
    app.mock(refund, |order| Ok(order.cents));
    app.mock(refund, |order| Ok(order));
}

fn main() {}
