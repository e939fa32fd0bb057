//! What every release of the shop in the `migrate` example has in common: the order, the activities, the hub.

use std::time::Duration;

use durable::hub::DescribesHub;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

/// The environment variable that tells a shop where its hub is.
pub const HUB_VARIABLE: &str = "SHOP_HUB";

/// What an order waits for on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, DurableSchema)]
pub enum Wait {
    /// Nothing, but its reservation takes long.
    SlowReservation,
    /// An approval, sent as an event.
    Approval,
    /// A delivery slot a few seconds from now.
    Slot,
}

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
pub struct Order {
    /// Its number.
    pub number: u32,
    /// What it waits for.
    pub wait: Wait,
}

/// Reserves the goods.
#[activity]
pub async fn reserve(_ctx: ActivityContext, order: Order) -> Result<(), Failure> {
    if order.wait == Wait::SlowReservation {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    Ok(())
}

/// Charges the card.
#[activity]
pub async fn charge(_ctx: ActivityContext, order: Order) -> Result<String, Failure> {
    Ok(format!("order {} paid", order.number))
}

/// Ships the goods.
#[activity]
pub async fn ship(_ctx: ActivityContext, _order: Order) -> Result<(), Failure> {
    Ok(())
}

/// Looks for fraud: new in the second release.
#[activity]
pub async fn check_fraud(_ctx: ActivityContext, _order: Order) -> Result<(), Failure> {
    Ok(())
}

/// Returns the hub that the environment names.
///
/// # Errors
///
/// If there can be no such hub.
pub fn hub() -> durable::Result<Box<dyn DescribesHub>> {
    let place = std::env::var(HUB_VARIABLE).unwrap_or_else(|_| "shop.db".to_owned());
    hub_at(&place)
}

/// Returns the hub at a place: a SQLite file, or `azure://NAME`. A dead process's work is taken over after a second or two:
/// in life that may be longer.
///
/// # Errors
///
/// If there can be no such hub.
pub fn hub_at(place: &str) -> durable::Result<Box<dyn DescribesHub>> {
    let second = Duration::from_secs(1);
    Ok(match place.strip_prefix("azure://") {
        Some(name) => Box::new(
            AzureHub::in_environment(name)
                .lease(second)
                .partition_lease(second * 2, second / 2)
                .visibility(second * 3)
                .longest_polling_pause(second / 4),
        ),
        None => Box::new(SqliteHub::at(place).lease(second)),
    })
}
