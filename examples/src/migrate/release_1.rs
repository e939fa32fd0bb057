//! The shop as it is on Monday: it knows version 1 of `checkout`.

use durable::prelude::*;
use examples::shop::{Order, Wait, charge, reserve, ship};

/// Reserve, wait, charge, ship.
#[orchestrator(version = "1")]
pub async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.set_custom_status(&"reserving")?;
    ctx.call(reserve, order.clone()).await?;
    match order.wait {
        Wait::SlowReservation => {}
        Wait::Approval => {
            ctx.set_custom_status(&"waiting for approval")?;
            ctx.event::<()>("approved").await;
        }
        Wait::Slot => {
            ctx.set_custom_status(&"waiting for a delivery slot")?;
            ctx.timer(seconds(4)).await;
        }
    }
    let receipt = ctx.call(charge, order.clone()).await?;
    ctx.call(ship, order).await?;
    Ok(receipt)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    Ok(App::new(examples::shop::hub()?).run().await?)
}
