//! D0105: closures that return `async` blocks.
#![deny(warnings)]

use durable::prelude::*;

#[activity]
async fn ship(_: ActivityContext, parcels: u32) -> Result<u32, Failure> {
    Ok(parcels)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext) -> Result<Vec<u32>, Failure> {
    let pay = |parcels| {
        let ctx = ctx.clone();
        async move { ctx.call(ship, parcels).await }
    };
    let now = || async { ctx.now() };
    let _both = ctx.join((now(), pay(1))).await;
    let all = ctx.join_all([1, 2].map(pay)).await;
    Ok(all.into_iter().collect::<Result<_, _>>()?)
}

fn main() {}
