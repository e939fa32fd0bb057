//! D0201: plain functions, methods and members of traits may be deterministic.
#![deny(warnings)]

use durable::prelude::*;

struct Cart(Vec<u32>);

#[deterministic]
impl Cart {
    const EMPTY: Self = Self(Vec::new());

    fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    async fn wait(&self, ctx: &OrchestrationContext) -> u32 {
        ctx.timer(seconds(1)).await;
        self.total()
    }
}

#[deterministic]
fn discount(cents: u32) -> u32 {
    cents / 2
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext) -> Result<u32, Failure> {
    Ok(discount(Cart(vec![1]).wait(&ctx).await) + Cart::EMPTY.total())
}

fn main() {}
