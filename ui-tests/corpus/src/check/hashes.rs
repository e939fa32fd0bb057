//! The order of hash maps and sets.

use std::collections::{HashMap, HashSet};

use durable::prelude::*;

#[activity]
async fn ship(_ctx: ActivityContext, order: String) -> Result<u32, Failure> {
    Ok(u32::try_from(order.len())?)
}

type Index = HashMap<String, u32>;

fn index(orders: &[String]) -> Index {
    orders.iter().map(|order| (order.clone(), 1)).collect()
}

/// a loop over a map
#[orchestrator]
async fn loop_over_map(ctx: OrchestrationContext, orders: Vec<String>) -> Result<u32, Failure> {
    let mut counts = HashMap::new();
    for order in orders {
        *counts.entry(order).or_insert(0) += 1;
    }
    let mut sum = 0;
    for (order, count) in counts {
        //~ D0301
        sum += count * ctx.call(ship, order).await?;
    }
    Ok(sum)
}

/// a loop over a borrowed map
#[orchestrator]
async fn loop_over_borrowed(ctx: OrchestrationContext, orders: Vec<String>) -> Result<(), Failure> {
    let index: HashMap<String, u32> = orders.into_iter().map(|order| (order, 1)).collect();
    for (order, _) in &index {
        //~ D0301
        ctx.call(ship, order.clone()).await?;
    }
    Ok(())
}

/// the keys of a map
#[orchestrator]
async fn keys(ctx: OrchestrationContext, orders: Vec<String>) -> Result<(), Failure> {
    let index: HashMap<String, u32> = orders.into_iter().map(|order| (order, 1)).collect();
    for order in index.keys() {
        //~ D0301
        ctx.call(ship, order.clone()).await?;
    }
    Ok(())
}

/// the values of a map, in a chain
#[orchestrator]
async fn values(_ctx: OrchestrationContext, orders: Vec<String>) -> Result<Vec<u32>, Failure> {
    let index: HashMap<String, u32> = orders.into_iter().map(|order| (order, 1)).collect();
    Ok(index.values().copied().collect()) //~ D0301
}

/// a set, in a join
#[orchestrator]
async fn set_in_join(ctx: OrchestrationContext, orders: HashSet<String>) -> Result<usize, Failure> {
    let calls = orders.into_iter().map(|order| ctx.call(ship, order)); //~ D0301
    Ok(ctx.join_all(calls).await.len())
}

/// a map behind an alias, from a helper
#[orchestrator]
async fn behind_alias(_ctx: OrchestrationContext, orders: Vec<String>) -> Result<Option<String>, Failure> {
    let index = index(&orders);
    Ok(index.iter().next().map(|(order, _)| order.clone())) //~ D0301
}

/// a set that was collected
#[orchestrator]
async fn collected(_ctx: OrchestrationContext, orders: Vec<String>) -> Result<Vec<String>, Failure> {
    let unique = orders.into_iter().collect::<HashSet<_>>();
    Ok(unique.iter().cloned().collect()) //~ D0301
}

/// a map that is emptied
#[orchestrator]
async fn drained(_ctx: OrchestrationContext, orders: Vec<String>) -> Result<Vec<String>, Failure> {
    let mut index = index(&orders);
    Ok(index.drain().map(|(order, _)| order).collect()) //~ D0301
}

/// a field of a struct
#[orchestrator]
async fn in_struct(_ctx: OrchestrationContext, orders: Vec<String>) -> Result<Vec<String>, Failure> {
    struct Warehouse {
        stock: Index,
    }
    let warehouse = Warehouse {
        stock: index(&orders),
    };
    Ok(warehouse.stock.into_keys().collect()) //~ D0301
}
