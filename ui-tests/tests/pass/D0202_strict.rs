//! D0202: what strict code may call.
#![deny(warnings)]

use durable::prelude::*;

use self::prices::{Price, tax};

mod prices {
    use durable::prelude::*;

    pub struct Price(pub u32);

    impl Price {
        pub fn of(cents: u32) -> Self {
            Self(cents)
        }
    }

    /// Taxes.
    #[deterministic]
    #[must_use]
    pub fn tax<T: Into<u32>>(cents: T) -> u32 {
        cents.into() / 5
    }

    pub mod shipping {
        #[durable::deterministic(strict)]
        pub async fn per_parcel(ctx: &durable::OrchestrationContext, parcels: u32) -> u32 {
            ctx.timer(durable::orchestration::seconds(1)).await;
            super::tax(parcels) * super::tax::<u32>(2)
        }
    }
}

#[activity]
async fn charge(_: ActivityContext, cents: u32) -> Result<u32, Failure> {
    Ok(cents)
}

#[deterministic]
fn r#yield(cents: u32) -> u32 {
    cents
}

#[deterministic]
fn double(cents: u32) -> u32 {
    cents * 2
}

#[allow(dead_code)]
#[cfg(any())]
#[deterministic]
fn absent(cents: Missing) -> u32 {}

#[orchestrator(strict)]
async fn checkout(ctx: OrchestrationContext, price: u32) -> Result<u32, Failure> {
    #[deterministic]
    fn inner(cents: u32) -> u32 {
        cents + 1
    }
    let Price(cents) = Price::of(price);
    let add = |cents: u32| cents + 1;
    let double_all: Vec<u32> = [1, 2].map(double).to_vec();
    let mut taken = Some(r#yield(add(cents)));
    let tax = tax(cents) + prices::tax::<u8>(3) + crate::prices::tax(1_u32) + inner(4);
    let shipping = prices::shipping::per_parcel(&ctx, u32::from(3_u8)).await;
    let largest = std::cmp::max(tax, shipping) + u32::max(1, 2) + i64::abs(-1) as u32;
    drop(double_all);
    let paid = ctx.call(charge, largest).timeout(minutes(1)).await?;
    match Option::take(&mut taken) {
        Some(cents) => Ok(cents + paid),
        None if price > 3 => Err(Failure::new("none")),
        None => Ok(u32::default()),
    }
}

fn main() {}
