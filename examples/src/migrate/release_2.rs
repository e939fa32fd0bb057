//! The shop as it is on Tuesday: version 1 stays for the orders that are under way, version 2 takes the new ones.

use durable::prelude::*;
use examples::shop::{Order, Wait, charge, check_fraud, reserve, ship};

/// As it was. `superseded`: no new order starts here, and none that did is disturbed.
#[orchestrator(version = "1", superseded)]
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

/// Look for fraud first, and ship before charging.
#[orchestrator(version = "2")]
pub async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.call(check_fraud, order.clone()).await?;
    ctx.call(reserve, order.clone()).await?;
    ctx.call(ship, order.clone()).await?;
    let receipt = ctx.call(charge, order).await?;
    Ok(format!("{receipt}, checked for fraud"))
}

#[durable::main]
async fn main() -> durable::Result<()> {
    Ok(App::new(examples::shop::hub()?).run().await?)
}
