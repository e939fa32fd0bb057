//! A shop's orchestrators. Activities take a while of the test's clock, which a demo moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable::prelude::*;
use durable_testkit::ManualClock;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
pub(crate) struct Order {
    pub(crate) number: u32,
    pub(crate) customer: String,
    pub(crate) cents: u64,
    pub(crate) gift: bool,
}

/// What a customer pays with has no money, whatever is tried.
pub(crate) const DECLINED: u64 = 1_300;

/// The bank is down for the first tries.
pub(crate) const FLAKY: u64 = 99_500;

/// How often each card was tried. Those of an order's first run fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tries(Arc<Mutex<BTreeMap<u32, u32>>>);

impl Tries {
    fn next(&self, number: u32) -> u32 {
        let mut tries = self.0.lock().unwrap();
        let tries = tries.entry(number).or_default();
        *tries += 1;
        *tries
    }
}

fn take(ctx: &ActivityContext, millis: u64) {
    ctx.state::<ManualClock>().advance(Duration::from_millis(millis));
}

#[activity]
async fn reserve_stock(ctx: ActivityContext, order: Order) -> Result<String, Failure> {
    take(&ctx, 240 + u64::from(order.number % 7) * 35);
    Ok(format!("shelf {}-{}", order.number % 9, order.number % 23))
}

#[activity]
async fn check_fraud(ctx: ActivityContext, order: Order) -> Result<u32, Failure> {
    take(&ctx, 610);
    Ok(order.number % 40)
}

#[activity(retry(max_attempts = 3, backoff = "2s..10s", jitter = 0.0))]
async fn charge_card(ctx: ActivityContext, order: Order) -> Result<String, Failure> {
    take(&ctx, 480);
    match order.cents {
        // It is in order once somebody has rewound the instance: the payment goes another way then.
        DECLINED if ctx.state::<Tries>().next(order.number) > 3 => Ok(format!("paid-{}", order.number)),
        DECLINED => Err(Failure::new("the card was declined: insufficient funds")),
        FLAKY if ctx.info().attempt < 3 => {
            Err(Failure::new("the bank does not answer: connection reset by peer"))
        }
        _ => Ok(format!("paid-{}", order.number)),
    }
}

#[activity]
async fn pack(ctx: ActivityContext, order: Order) -> Result<u32, Failure> {
    take(&ctx, 1_350);
    Ok(1 + order.number % 3)
}

#[activity]
async fn print_label(ctx: ActivityContext, _order: Order) -> Result<String, Failure> {
    take(&ctx, 90);
    Ok("label.pdf".to_owned())
}

#[activity]
async fn notify(ctx: ActivityContext, order: Order) -> Result<(), Failure> {
    take(&ctx, 130);
    drop(order);
    Ok(())
}

#[orchestrator]
async fn shipment(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    let (parcels, label) = ctx
        .join((
            ctx.call(pack, order.clone()),
            ctx.call(print_label, order.clone()),
        ))
        .await;
    let (parcels, label) = (parcels?, label?);
    ctx.set_custom_status(&format!("{parcels} parcels packed"))?;
    if order.gift {
        ctx.event::<String>("picked-up").await;
    }
    Ok(label)
}

#[orchestrator(name = "order", version = "1", superseded)]
async fn order_v1(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.call(reserve_stock, order.clone()).await?;
    let paid = ctx.call(charge_card, order.clone()).await?;
    ctx.call(notify, order).await?;
    Ok(paid)
}

#[orchestrator(name = "order", version = "2", superseded)]
async fn order_v2(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.call(reserve_stock, order.clone()).await?;
    let paid = ctx.call(charge_card, order.clone()).await?;
    ctx.event::<bool>("approval").await;
    ctx.call(notify, order).await?;
    Ok(paid)
}

#[orchestrator(name = "order", version = "3")]
pub(crate) async fn order(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    let (shelf, risk) = ctx
        .join((
            ctx.call(reserve_stock, order.clone()),
            ctx.call(check_fraud, order.clone()),
        ))
        .await;
    shelf?;
    risk?;
    ctx.set_custom_status(&"charging")?;
    let paid = ctx.call(charge_card, order.clone()).await?;
    ctx.set_custom_status(&"waiting for approval")?;
    let approved = ctx
        .select((ctx.event::<bool>("approval"), ctx.timer(Duration::from_hours(48))))
        .await;
    if matches!(approved, First(false) | Second(())) {
        return Err(Failure::new(
            "not approved: the shop's owner did not agree in time",
        ));
    }
    ctx.set_custom_status(&"shipping")?;
    ctx.call(shipment, order.clone()).await?;
    ctx.timer(Duration::from_secs(3)).await;
    ctx.call(notify, order).await?;
    Ok(paid)
}

/// Something that ends at once.
#[orchestrator]
pub(crate) async fn newsletter(ctx: OrchestrationContext, order: Order) -> Result<u32, Failure> {
    ctx.call(notify, order).await?;
    Ok(4_812)
}

/// Many steps in one history.
#[orchestrator]
pub(crate) async fn audit(ctx: OrchestrationContext, pages: u32) -> Result<u32, Failure> {
    let mut parcels = 0;
    for page in 0..pages {
        let order = Order {
            number: page,
            customer: format!("customer {page}"),
            cents: if page % 97 == 5 { FLAKY } else { 100 },
            gift: false,
        };
        parcels += if page % 97 == 5 {
            u32::from(ctx.call(charge_card, order).await.is_ok())
        } else {
            ctx.call(pack, order).await?
        };
    }
    ctx.set_custom_status(&"waiting for a signature")?;
    ctx.event::<()>("signed").await;
    Ok(parcels)
}
