//! D0301: iteration in the order of a hash table.
use std::collections::{HashMap, HashSet};

use durable::prelude::*;

type Index = HashMap<String, u32>;

struct Stock {
    parcels: HashMap<String, u32>,
}

fn index() -> Index {
    Index::new()
}

#[activity]
async fn ship(_: ActivityContext, parcels: u32) -> Result<u32, Failure> {
    Ok(parcels)
}

#[orchestrator]
async fn methods(ctx: OrchestrationContext, parcels: HashMap<String, u32>) -> Result<(), Failure> {
    for (_, count) in parcels.iter() {
        ctx.call(ship, *count).await?;
    }
    let _first = parcels.values().next();
    let _names: Vec<String> = parcels.into_keys().collect();
    Ok(())
}

#[orchestrator]
async fn loops(ctx: OrchestrationContext, parcels: Index) -> Result<(), Failure> {
    let mut stock = Stock { parcels };
    for (_, count) in &stock.parcels {
        ctx.call(ship, *count).await?;
    }
    for (_, count) in &mut stock.parcels {
        *count += 1;
    }
    for (name, _) in index() {
        let _ = name;
    }
    for name in [1, 2].into_iter().collect::<HashSet<u8>>() {
        let _ = name;
    }
    Ok(())
}

#[orchestrator]
async fn joined(ctx: OrchestrationContext, parcels: HashSet<u32>) -> Result<(), Failure> {
    let calls: HashMap<u32, _> = (1..3).map(|n| (n, ctx.call(ship, n))).collect();
    ctx.join_all(calls.into_values()).await;
    let _pairs: Vec<_> = [1, 2].iter().zip(&parcels).collect();
    let _list = Vec::from_iter(parcels);
    Ok(())
}

#[deterministic]
fn first(parcels: &HashMap<String, u32>) -> u32 {
    parcels.values().fold(0, |seen, count| seen * 2 + count)
}

#[orchestrator]
async fn hidden(_ctx: OrchestrationContext, stocks: Vec<Option<Index>>) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    names.extend(index().into_iter().map(|(name, _)| name));
    let mut rest: Vec<(String, u32)> = Vec::new();
    rest.extend(index());
    for (name, _) in stocks.into_iter().flatten().flatten() {
        names.push(name);
    }
    Ok(names)
}

fn main() {}
