//! D0301: everything that has an order of its own is iterated as it is.
#![deny(warnings)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Mutex;

use durable::prelude::*;

struct Shelf {
    parts: Vec<u32>,
    names: BTreeMap<String, u32>,
}

impl Shelf {
    fn iter(&self) -> impl Iterator<Item = &u32> {
        self.parts.iter()
    }

    fn keys(&mut self) -> usize {
        self.parts.len()
    }

    fn values<T: From<u8>>(&self, one: T) -> T {
        drop(one);
        T::from(1)
    }

    fn drain(self) -> Self {
        self
    }
}

impl<'a> IntoIterator for &'a Shelf {
    type Item = &'a u32;
    type IntoIter = std::slice::Iter<'a, u32>;

    fn into_iter(self) -> Self::IntoIter {
        self.parts.iter()
    }
}

#[deterministic]
fn total<I: IntoIterator<Item = u32>>(items: I, more: impl Iterator<Item = u32>) -> u32 {
    let mut sum = 0;
    for item in items {
        sum += item;
    }
    for item in more {
        sum += item;
    }
    sum
}

#[deterministic]
fn longest<'a>(names: &'a [String]) -> Option<&'a str> {
    names.iter().map(|name| name.as_str()).max_by_key(|name| name.len())
}

#[deterministic]
fn by_reference<C>(items: &C) -> usize
where
    for<'a> &'a C: IntoIterator<Item = &'a u32>,
{
    let mut count = 0;
    for _ in items {
        count += 1;
    }
    count
}

#[deterministic]
fn lookups(map: &mut HashMap<String, u32>, set: &HashSet<u32>) -> u32 {
    map.insert("a".to_owned(), 1);
    *map.entry("b".to_owned()).or_default() += 2;
    map.retain(|_, count| *count > 0);
    let found = map.get("a").copied().unwrap_or_default();
    found + u32::from(set.contains(&found)) + u32::try_from(map.len()).unwrap_or(0)
}

#[orchestrator]
async fn orders(ctx: OrchestrationContext, names: Vec<String>) -> Result<u32, Failure> {
    let mut sum = 0;
    for at in 0..3 {
        sum += at;
    }
    for at in [1, 2, 3] {
        sum += at;
    }
    for name in &names {
        sum += u32::try_from(name.len())?;
    }
    let mut numbers = vec![3, 1, 2];
    for number in &mut numbers {
        *number += 1;
    }
    for number in numbers.iter_mut() {
        *number += 1;
    }
    numbers.extend(numbers.clone().iter().map(|n| n + 1));
    numbers.push(numbers.iter().copied().max().unwrap_or(0));
    for character in "abc".chars().chain("def".chars()).rev() {
        sum += u32::from(character);
    }
    for (at, byte) in "abc".bytes().enumerate().zip(1..).map(|(pair, _)| pair) {
        sum += u32::try_from(at)? + u32::from(byte);
    }
    for only in Some(4).iter().chain(None.iter()) {
        sum += only;
    }
    let guarded = Mutex::new(vec![1, 2]);
    for number in guarded.lock().expect("unpoisoned").iter() {
        sum += number;
    }
    let first = guarded.lock().expect("unpoisoned").iter().next().copied();
    sum += first.unwrap_or(0);
    let cell = RefCell::new(VecDeque::from([1, 2]));
    for number in cell.borrow_mut().drain(..) {
        sum += number;
    }
    let sorted: BTreeMap<&str, usize> = names.iter().map(|name| (name.as_str(), name.len())).collect();
    for (_, length) in &sorted {
        sum += u32::try_from(*length)?;
    }
    let (keys, values): (Vec<_>, Vec<_>) = (sorted.keys().collect(), sorted.values().collect());
    let set: BTreeSet<usize> = sorted.clone().into_values().collect();
    let both: Vec<_> = set.union(&BTreeSet::from([1])).copied().collect();
    let mut shelf = Shelf { parts: vec![1, 2], names: BTreeMap::new() };
    for part in &shelf {
        sum += part;
    }
    for part in shelf.iter() {
        sum += part;
    }
    for (_, count) in &mut shelf.names {
        *count += 1;
    }
    let mut nested = vec![vec![1], vec![2]];
    let inner = nested.iter_mut().flat_map(|list| list.iter_mut().map(|n| std::mem::take(n)));
    sum += inner.sum::<u32>();
    let mut iterator = names.iter();
    for name in iterator.by_ref() {
        if name.is_empty() {
            break;
        }
    }
    for name in &mut iterator {
        sum += u32::try_from(name.len())?;
    }
    let parsed: Vec<u32> = "1 2".split(' ').map(|n| n.parse().unwrap_or_default()).collect();
    let windows = parsed.windows(2).map(|pair| pair[0] + pair[1]).sum::<u32>();
    let mut map = HashMap::new();
    sum += lookups(&mut map, &parsed.iter().copied().collect());
    let recorded: Vec<(String, u32)> = ctx.side_effect(|| map.into_iter().collect()).await;
    for pair in recorded {
        sum += pair.1;
    }
    let count = format!("{}", names.iter().count());
    sum += total(parsed, 0..2) + by_reference(&vec![1]) as u32;
    sum += u32::from(longest(&names).is_some()) + shelf.values(1_u32) + windows;
    sum += u32::try_from(shelf.keys() + shelf.drain().parts.len() + keys.len() + values.len() + both.len())?;
    let joined = ctx.join_all(names.iter().map(|_| ctx.timer(seconds(1)))).await;
    Ok(sum + u32::try_from(joined.len())? + count.parse::<u32>()?)
}

fn main() {}
