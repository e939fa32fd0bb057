//! D0301: beside what is accepted, the order can be seen.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use durable::prelude::*;

type Counts = HashMap<String, u32>;

#[activity]
async fn ship(_: ActivityContext, name: String) -> Result<u32, Failure> {
    Ok(name.len() as u32)
}

#[deterministic]
fn lists(counts: &Counts, set: &HashSet<u32>) -> Vec<String> {
    let mut numbers: Vec<u32> = vec![2, 1];
    let names: Vec<String> = counts.keys().cloned().collect();
    numbers.sort();
    let mut looked_at: Vec<u32> = set.iter().copied().collect();
    let first = looked_at.first().copied();
    looked_at.sort();
    let mut named: Vec<u32> = set.iter().copied().collect();
    println!("{named:?}");
    named.sort();
    let mut some: Vec<u32> = set.iter().copied().take(2).collect();
    some.sort();
    let joined: String = counts.keys().cloned().collect();
    let _ = (first, joined, names);
    counts.keys().cloned().collect()
}

#[deterministic]
fn folds(counts: &HashMap<String, f64>, set: &HashSet<u32>) -> f64 {
    let rounded: f64 = counts.values().sum();
    let product = counts.values().copied().product::<f64>();
    let unknown = counts.values().copied().fold(0.0, |sum, price| sum + price);
    let most = counts.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let first: Option<BTreeSet<u32>> = Some(set.iter().copied().take(3).collect());
    let errors: Result<BTreeSet<u32>, Failure> = set.iter().map(|n| Ok(u32::try_from(*n)?)).collect();
    let at = set.iter().position(|number| *number == 2);
    let _ = (most, first, errors, at);
    set.iter().for_each(drop);
    rounded + product + unknown
}

#[orchestrator]
async fn effects(ctx: OrchestrationContext, counts: Counts) -> Result<(), Failure> {
    let calls: BTreeMap<u32, _> = counts.iter().map(|(name, n)| (*n, ctx.call(ship, name.clone()))).collect();
    let again = ctx.clone();
    let ids: BTreeSet<String> = counts.keys().map(|name| format!("{name}{}", again.instance())).collect();
    let mut next = 0;
    let numbered: BTreeMap<String, u32> = counts
        .keys()
        .map(|name| {
            next += 1;
            (name.clone(), next)
        })
        .collect();
    let mut order = Vec::new();
    let any = counts.keys().any(|name| {
        order.push(name.clone());
        false
    });
    let seen = RefCell::new(Vec::new());
    let all = counts.keys().all(|name| {
        seen.borrow_mut().push(name);
        true
    });
    let list = &mut order;
    let count = counts.keys().filter(|name| list.len() > 1 && list.pop().as_ref() != Some(name)).count();
    ctx.join_all(calls.into_values()).await;
    let _ = (ids, numbered, any, all, count);
    let mut sorted = counts.into_iter().collect::<Vec<_>>();
    sorted.sort_by_key(|_| again.random());
    Ok(())
}

fn main() {}
