//! What not to do: version 1 edited in place. Its running orders no longer find the steps they made.

use durable::prelude::*;
use examples::shop::{Order, Wait, charge, check_fraud, reserve, ship};

/// Version 1, but not the version 1 that the running orders started with.
#[orchestrator(version = "1")]
pub async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.call(check_fraud, order.clone()).await?; // the edit
    ctx.set_custom_status(&"reserving")?;
    ctx.call(reserve, order.clone()).await?;
    match order.wait {
        Wait::SlowReservation => {}
        Wait::Approval => {
            ctx.event::<()>("approved").await;
        }
        Wait::Slot => ctx.timer(seconds(4)).await,
    }
    let receipt = ctx.call(charge, order.clone()).await?;
    ctx.call(ship, order).await?;
    Ok(receipt)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    Ok(App::new(examples::shop::hub()?).run().await?)
}
