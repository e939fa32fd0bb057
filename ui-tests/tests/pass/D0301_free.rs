//! D0301: hash tables are iterated where the order cannot be seen in the result.
#![deny(warnings)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use durable::prelude::*;

type Counts = HashMap<String, u32>;

#[deterministic]
fn names(counts: &Counts) -> BTreeSet<String> {
    counts.keys().cloned().collect()
}

#[deterministic]
fn total(counts: &Counts) -> u32 {
    counts.values().sum()
}

#[deterministic]
fn ranks(counts: Counts) -> Vec<(String, u32)> {
    let mut ranks: Vec<_> = counts.into_iter().collect();
    ranks.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    ranks
}

/// Others that sort, and what stands between.
#[deterministic]
fn sorted(counts: &Counts, set: HashSet<u32>) -> (Vec<String>, Vec<u32>, Vec<u32>, Vec<String>) {
    let mut names: Vec<String> = counts.keys().cloned().collect();
    names.sort();
    let mut numbers = counts.values().copied().collect::<Vec<u32>>();
    let limit = 3;
    numbers.sort_unstable();
    numbers.truncate(limit);
    let mut both = Vec::from_iter(set);
    both.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
    let mut lengths: Vec<String> = (counts.iter())
        .filter(|(_, count)| **count > limit as u32)
        .map(|(name, _)| format!("{name}!"))
        .collect();
    lengths.sort_by_key(|name| (name.len(), name.clone()));
    (names, numbers, both, lengths)
}

/// Collections with an order of their own, or with none.
#[deterministic]
fn collected(counts: &Counts, set: &HashSet<u32>, limits: &BTreeMap<String, u32>) -> usize {
    let by_name: BTreeMap<String, u32> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    let within = counts
        .iter()
        .filter(|(name, count)| limits.get(*name).is_some_and(|limit| *count <= limit))
        .map(|(name, _)| name.as_str())
        .collect::<HashSet<_>>();
    let doubled: std::collections::HashMap<&str, u32> = counts.iter().map(|(name, count)| (&**name, 2 * count)).collect();
    let ordered = BTreeSet::from_iter(set.iter().copied());
    let both: BTreeSet<u32> = set.union(&HashSet::from([1])).copied().chain(set.iter().map(|n| n + 1)).collect();
    let parsed: Option<BTreeSet<u32>> = counts.keys().map(|name| name.parse().ok()).collect();
    let letters: BTreeSet<char> = counts.keys().flat_map(|name| name.chars()).collect();
    let mut all = BTreeSet::new();
    all.extend(set.iter().copied());
    all.extend(counts.values());
    by_name.len() + within.len() + doubled.len() + ordered.len() + both.len() + parsed.map_or(0, |set| set.len())
        + letters.len() + all.len()
}

/// Results that are the same in every order.
#[deterministic]
fn folded(counts: &Counts, set: &HashSet<u32>, nested: &HashMap<u32, HashSet<u32>>) -> bool {
    let big = set.iter().filter(|number| **number > 7).count();
    let most = counts.values().max().copied().unwrap_or_default();
    let least = set.iter().copied().min();
    let sum: u64 = counts.values().map(|count| u64::from(*count)).sum();
    let deep = nested.values().flat_map(|inner| inner.iter()).copied().max();
    let flat = nested.values().flatten().count();
    let sizes = nested.values().map(HashSet::len).sum::<usize>();
    let bound = if set.iter().any(|number| *number == most) { set.len() } else { set.iter().len() };
    let found = counts.iter().find(|(_, count)| **count > 3).is_some();
    let alone = set.difference(&HashSet::from([2])).next().is_none();
    let next = big + flat + sizes + bound + usize::from(found) + usize::from(alone);
    counts.values().all(|count| u64::from(*count) < sum) && least < deep && next > 0
}

#[activity]
async fn ship(_ctx: ActivityContext, name: String) -> Result<u32, Failure> {
    Ok(u32::try_from(name.len())?)
}

/// What is known after an await may be used, and so may be what the context tells.
#[orchestrator]
async fn shipped(ctx: OrchestrationContext, mut counts: Counts) -> Result<u32, Failure> {
    let limit = ctx.call(ship, "limit".to_owned()).await?;
    let mut late = BTreeSet::from(["late".to_owned()]);
    late.insert("later".to_owned());
    let due: BTreeSet<String> = counts
        .iter()
        .filter(|(name, count)| **count < limit && !late.contains(*name))
        .map(|(name, _)| name.clone())
        .collect();
    for name in due {
        ctx.call(ship, name).await?;
    }
    for (name, _) in counts.drain().collect::<BTreeMap<_, _>>() {
        ctx.call(ship, name).await?;
    }
    Ok(limit)
}

fn main() {
    let counts = Counts::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(total(&counts), 3);
    assert_eq!(names(&counts), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    assert_eq!(ranks(counts.clone()), [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    let (names, numbers, both, lengths) = sorted(&counts, HashSet::from([1, 2]));
    assert_eq!((names.len(), numbers, both, lengths.len()), (2, vec![1, 2], vec![2, 1], 0));
    let set = HashSet::from([8, 9]);
    assert_eq!(collected(&counts, &set, &BTreeMap::new()), 2 + 0 + 2 + 2 + 4 + 0 + 2 + 0 + 4 - 0);
    assert!(folded(&counts, &set, &HashMap::from([(1, set.clone())])));
}
