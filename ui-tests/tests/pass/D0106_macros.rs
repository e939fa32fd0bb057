//! D0106: awaits in the arguments of macros are seen.
#![deny(warnings)]

use std::collections::BTreeMap;

use durable::prelude::*;

#[activity]
async fn ship(_: ActivityContext, parcels: u32) -> Result<u32, Failure> {
    Ok(parcels)
}

macro_rules! larger {
    ($a:expr, $b:expr) => {
        if $a > $b { $a } else { $b }
    };
}

#[orchestrator]
async fn macros(ctx: OrchestrationContext) -> Result<Vec<u32>, Failure> {
    assert!(ctx.call(ship, 1).await? > 0);
    assert!(matches!(ctx.call(ship, 1).await, Ok(n) if n > 0), "not {}", ctx.event::<u8>("n").await);
    assert_eq!(ctx.call(ship, 1).await?, 1, "one {x}", x = ctx.event::<u8>("x").await);
    let text = format!("{:?} {n:>3}", ctx.call(ship, 1).await?, n = ctx.event::<u8>("n").await);
    let repeated = vec![ctx.event::<u8>("n").await; 3];
    let list = vec![ctx.call(ship, 1).await?, async { 2 }.await, u32::from(repeated[0])];
    let sorted: BTreeMap<u32, String> = list.iter().map(|n| (*n, text.clone())).collect();
    Ok(sorted.into_keys().collect())
}

#[orchestrator]
async fn own(ctx: OrchestrationContext) -> Result<u32, Failure> {
    let text = stringify!(ctx.timer(seconds(1)).await => never);
    #[allow_nondeterminism(reason = "it only compares")]
    let larger = larger!(ctx.call(ship, 1).await?, async { 2 }.await);
    Ok(larger + u32::from(text.is_empty()))
}

fn main() {}
