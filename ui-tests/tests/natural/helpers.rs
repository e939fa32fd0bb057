//! Code shared between orchestrators.

use std::collections::BTreeMap;

use durable::orchestration::{BoxDurableFuture, Call};
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: String,
    quantity: u32,
    cents: u64,
}

impl Line {
    fn total(&self) -> u64 {
        self.cents * u64::from(self.quantity)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Basket {
    lines: Vec<Line>,
}

impl Basket {
    #[deterministic]
    async fn reserve_all(&self, ctx: &OrchestrationContext) -> Result<u32, Failure> {
        let mut reserved = 0;
        for line in &self.lines {
            reserved += ctx.call(reserve, line.clone()).await?;
        }
        Ok(reserved)
    }
}

#[activity]
async fn reserve(_ctx: ActivityContext, line: Line) -> Result<u32, Failure> {
    Ok(line.quantity)
}

#[activity]
async fn charge(_ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
    Ok(format!("receipt over {cents}"))
}

/// A plain function that only computes.
fn discount(cents: u64) -> u64 {
    cents - cents / 10
}

/// A generic helper that borrows.
#[deterministic]
async fn with_status<T: Serialize>(
    ctx: &OrchestrationContext,
    status: &T,
    cents: u64,
) -> Result<String, Failure> {
    ctx.set_custom_status(status)?;
    let receipt = ctx.call(charge, cents).await?;
    Ok(receipt)
}

/// A helper that only computes, marked.
#[deterministic]
fn total(lines: &[Line]) -> u64 {
    lines.iter().map(Line::total).sum()
}

/// A helper that returns what is to be awaited.
fn charge_with_limits(ctx: &OrchestrationContext, cents: u64) -> Call<charge> {
    ctx.call(charge, cents)
        .timeout(seconds(30))
        .retry(RetryPolicy::fixed(3, seconds(5)))
}

trait Payment {
    fn pay<'a>(&'a self, ctx: &'a OrchestrationContext) -> BoxDurableFuture<'a, Result<String, Failure>>;
}

struct Card {
    cents: u64,
}

impl Payment for Card {
    #[deterministic]
    fn pay<'a>(&'a self, ctx: &'a OrchestrationContext) -> BoxDurableFuture<'a, Result<String, Failure>> {
        Box::pin(async move { Ok(ctx.call(charge, self.cents).await?) })
    }
}

struct Voucher(String);

impl Payment for Voucher {
    #[deterministic]
    fn pay<'a>(&'a self, _ctx: &'a OrchestrationContext) -> BoxDurableFuture<'a, Result<String, Failure>> {
        Box::pin(async move { Ok(self.0.clone()) })
    }
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, basket: Basket) -> Result<String, Failure> {
    let reserved = basket.reserve_all(&ctx).await?;
    let cents = discount(total(&basket.lines));
    with_status(&ctx, &format!("{reserved} reserved"), cents).await
}

#[orchestrator]
async fn checkout_with_limits(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    Ok(charge_with_limits(&ctx, cents).await?)
}

/// Trait objects decide how to pay.
#[orchestrator]
async fn checkout_mixed(ctx: OrchestrationContext, cents: u64) -> Result<Vec<String>, Failure> {
    let payments: [Box<dyn Payment>; 2] =
        [Box::new(Card { cents }), Box::new(Voucher("birthday".to_owned()))];
    let mut receipts = Vec::new();
    for payment in &payments {
        receipts.push(payment.pay(&ctx).await?);
    }
    Ok(receipts)
}

/// Closures that return futures.
#[orchestrator]
async fn closures(ctx: OrchestrationContext, amounts: Vec<u64>) -> Result<Vec<String>, Failure> {
    let pay = |cents: u64| {
        let ctx = ctx.clone();
        async move { ctx.call(charge, discount(cents)).await }
    };
    let mut receipts = Vec::new();
    for cents in amounts {
        receipts.push(pay(cents).await?);
    }
    Ok(receipts)
}

/// Groups, sorts and folds: ordinary iterator code.
#[orchestrator]
async fn ordinary_code(ctx: OrchestrationContext, basket: Basket) -> Result<BTreeMap<String, u64>, Failure> {
    let mut by_sku: BTreeMap<String, u64> = BTreeMap::new();
    for line in &basket.lines {
        *by_sku.entry(line.sku.clone()).or_default() += line.total();
    }
    let mut order: Vec<_> = by_sku.iter().collect();
    order.sort_by_key(|(_, cents)| std::cmp::Reverse(**cents));
    for (sku, cents) in order {
        ctx.call(charge, *cents)
            .await
            .map_err(|error| Failure::new(format!("{sku}: {error}")))?;
    }
    by_sku.retain(|_, cents| *cents > 0);
    Ok(by_sku)
}

/// Maps by hash are fine as long as nobody walks through them.
#[orchestrator]
async fn lookups(ctx: OrchestrationContext, basket: Basket) -> Result<u64, Failure> {
    let mut prices = std::collections::HashMap::new();
    for line in basket.lines {
        prices.insert(line.sku, line.cents);
    }
    let price = prices.get("apple").copied().unwrap_or_default();
    if prices.contains_key("pear") && prices.len() > 1 {
        ctx.call(charge, price).await?;
    }
    Ok(price)
}
