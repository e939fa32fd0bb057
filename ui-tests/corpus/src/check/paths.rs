//! Polling by hand, and functions that are called by another path than usual.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::task::{Context, Waker};

use chrono::Local;
use durable::prelude::*;
use futures::FutureExt as _;

#[activity]
async fn ship(_ctx: ActivityContext, order: String) -> Result<u32, Failure> {
    Ok(u32::try_from(order.len())?)
}

/// a future that is polled by hand
#[orchestrator]
async fn polled(ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    let mut wait = ctx.timer(days(1));
    let waker = Waker::noop(); //~ D0103
    let mut cx = Context::from_waker(waker);
    Ok(Pin::new(&mut wait).poll(&mut cx).is_ready()) //~ D0103
}

/// a look whether a future is ready
#[orchestrator]
async fn at_once(ctx: OrchestrationContext, order: String) -> Result<bool, Failure> {
    Ok(ctx.timer(days(1)).now_or_never().is_some() && order.is_empty()) //~ D0103
}

/// the keys of a map, by the path of the method
#[orchestrator]
async fn keys_by_path(
    _ctx: OrchestrationContext,
    stock: HashMap<String, u32>,
) -> Result<Option<String>, Failure> {
    Ok(HashMap::keys(&stock).next().cloned()) //~ D0301
}

/// a set that is iterated through its trait
#[orchestrator]
async fn by_trait(_ctx: OrchestrationContext, stock: HashSet<String>) -> Result<Option<String>, Failure> {
    Ok(IntoIterator::into_iter(stock).next()) //~ D0301
}

/// a set beside a list, by a function
#[orchestrator]
async fn zipped(_ctx: OrchestrationContext, stock: HashSet<String>) -> Result<usize, Failure> {
    Ok(std::iter::zip([1, 2], stock).count()) //~ D0301
}

/// a text of the letters of a set
#[orchestrator]
async fn text_of_set(_ctx: OrchestrationContext, letters: HashSet<char>) -> Result<String, Failure> {
    Ok(String::from_iter(letters)) //~ D0301
}

/// the element of a set that is the largest by a key: others may be as large
#[orchestrator]
async fn winner(_ctx: OrchestrationContext, votes: HashMap<String, u32>) -> Result<Option<String>, Failure> {
    let most = votes.into_iter().max_by_key(|(_, count)| *count); //~ D0301
    Ok(most.map(|(name, _)| name))
}

/// calls that are numbered in the order of a set, though they are collected in another
#[orchestrator]
async fn numbered(ctx: OrchestrationContext, stock: HashSet<String>) -> Result<usize, Failure> {
    let ids: HashSet<String> = stock
        .iter() //~ D0301
        .map(|name| format!("{name}-{}", ctx.random()))
        .collect();
    Ok(ids.len())
}

/// a count that goes on in a closure
#[orchestrator]
async fn counted(
    _ctx: OrchestrationContext,
    stock: HashSet<String>,
) -> Result<HashMap<String, u32>, Failure> {
    let mut next = 0;
    let numbers: HashMap<String, u32> = stock
        .into_iter() //~ D0301
        .map(|name| {
            next += 1;
            (name, next)
        })
        .collect();
    Ok(numbers)
}

/// a list that is looked at before it is sorted
#[orchestrator]
async fn sorted_late(ctx: OrchestrationContext, stock: HashSet<String>) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = stock.into_iter().collect(); //~ D0301
    for name in &names {
        ctx.call(ship, name.clone()).await?;
    }
    names.sort();
    Ok(names)
}

/// a sum of floats
#[orchestrator]
async fn sum_of_floats(_ctx: OrchestrationContext, weights: HashMap<String, f64>) -> Result<f64, Failure> {
    let sum: f64 = weights.values().sum(); //~ D0301
    Ok(sum)
}

/// the addresses of a name
#[orchestrator]
async fn addresses(_ctx: OrchestrationContext, host: String) -> Result<usize, Failure> {
    use std::net::ToSocketAddrs as _;
    Ok((host.as_str(), 80).to_socket_addrs()?.count()) //~ D0005
}

/// a folder, by the method of its path
#[orchestrator]
async fn folder(_ctx: OrchestrationContext, path: std::path::PathBuf) -> Result<usize, Failure> {
    Ok(path.read_dir()?.count()) //~ D0005
}

/// the bytes of a number in the order of the machine
#[orchestrator]
async fn native_bytes(_ctx: OrchestrationContext, number: u32) -> Result<[u8; 4], Failure> {
    Ok(number.to_ne_bytes()) //~ D0702
}

/// the place of the call
#[orchestrator]
async fn location(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(std::panic::Location::caller().line()) //~ D0702
}

/// a date in the machine's time zone, by a zone that the module imports
#[orchestrator]
async fn local_date(_ctx: OrchestrationContext, seconds: i64) -> Result<String, Failure> {
    let moment = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    Ok(moment.with_timezone(&Local).to_string()) //~ D0001
}
