//! The tour of the README: a shop in whose price list something is missing, so that an order fails until somebody mends it.
//!
//! Run it with `cargo run --bin tour`. It keeps `tour.db` and `tour-prices.txt` in the current folder.

use durable::hub::IdReuse;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

const PRICES: &str = "tour-prices.txt";

/// What is ordered, and under which id.
const ORDERS: [(&str, &str); 3] = [("order-1", "lamp"), ("order-2", "kettle"), ("order-3", "samovar")];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    item: String,
}

#[activity]
async fn reserve(_ctx: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(format!("a {} is set aside", order.item))
}

// Two attempts: what is missing in a list is still missing a moment later.
#[activity(blocking, retry(max_attempts = 2, backoff = "200ms..200ms"))]
fn price(_ctx: ActivityContext, order: Order) -> Result<u32, Failure> {
    let list = std::fs::read_to_string(PRICES).map_err(|error| Failure::new(error.to_string()))?;
    let prices = list.lines().filter_map(|line| line.split_once(' '));
    let found = prices.into_iter().find(|(item, _)| *item == order.item);
    found
        .and_then(|(_, cents)| cents.trim().parse().ok())
        .ok_or_else(|| Failure::new(format!("there is no price for `{}` in {PRICES}", order.item)))
}

#[activity]
async fn ship(_ctx: ActivityContext, (order, cents): (Order, u32)) -> Result<String, Failure> {
    Ok(format!("a {} for {cents} cents is on its way", order.item))
}

#[orchestrator]
async fn sell(ctx: OrchestrationContext, order: Order) -> Result<String, Failure> {
    ctx.call(reserve, order.clone()).await?;
    let cents = ctx.call(price, order.clone()).await?;
    ctx.timer(seconds(1)).await; // time to change one's mind
    Ok(ctx.call(ship, (order, cents)).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    if !std::path::Path::new(PRICES).exists() {
        std::fs::write(PRICES, "lamp 3500\nkettle 2900\n")?;
    }
    let client = App::new(SqliteHub::at("tour.db")).client().await?;
    for (id, item) in ORDERS {
        let order = Order {
            item: item.to_owned(),
        };
        let start = client.start(sell, order).id(id);
        // The tour may be taken again with the orders that are there.
        start.on_existing(IdReuse::UseExisting).await?;
    }
    println!("The shop is open, and has three orders in tour.db. Ctrl-C closes it.");
    Ok(App::new(SqliteHub::at("tour.db")).run().await?)
}
