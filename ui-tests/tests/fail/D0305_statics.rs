//! D0305: a static that changes is a warning.
#![deny(deprecated)]

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use durable::prelude::*;

static ORDERS: AtomicU64 = AtomicU64::new(0);
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    static DEPTH: Cell<u64> = const { Cell::new(0) };
}

#[orchestrator]
async fn stateful(_ctx: OrchestrationContext) -> Result<u64, Failure> {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    static LIMIT: u64 = 9;

    let order = ORDERS.fetch_add(1, Ordering::Relaxed);
    let depth = DEPTH.with(Cell::get);
    let names = NAMES.lock().map_or(0, |names| names.len() as u64);
    Ok(order + depth + names + AtomicU64::load(&SEEN, Ordering::Relaxed) + LIMIT)
}

fn main() {}
