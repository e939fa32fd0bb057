//! The parts of durable functions that touch no disk: `cargo bench -p bench`.
//!
//! What the macros cost the compiler is `cargo run --release -p bench -- check`.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "each benchmark is named by what it times")]

use std::path::PathBuf;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use durable::function::FunctionKind;
use durable::history_file::{read_history, write_history};
use durable::hub::LoadedHistory;
use durable::prelude::*;
use durable::replay::Execution;
use durable::testkit::MemoryHub;
use durable::{Payload, Registry, Version, WireName};
use serde::{Deserialize, Serialize};

/// How many steps the instance of the replay has.
const STEPS: u64 = 1_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    id: u64,
    customer: String,
    cents: Vec<u64>,
}

#[activity]
async fn step(_ctx: ActivityContext, number: u64) -> Result<u64, Failure> {
    Ok(number)
}

#[orchestrator]
async fn staircase(ctx: OrchestrationContext, steps: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for number in 0..steps {
        sum += ctx.call(step, number).await?;
    }
    Ok(sum)
}

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::collected().expect("the functions above agree with each other"));

/// The history of one instance, made by a worker on the hub in memory.
static HISTORY: LazyLock<LoadedHistory> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build();
    let runtime = runtime.expect("a runtime starts");
    runtime.block_on(record()).expect("a hub in memory does not fail")
});

async fn record() -> durable::Result<LoadedHistory> {
    let app = App::new(MemoryHub::default()).start().await?;
    let run = app.client().start(staircase, STEPS).await?;
    run.wait().await?;
    let history = run.history().await?;
    app.shutdown().await?;
    Ok(history)
}

fn main() {
    divan::main();
}

fn order() -> Order {
    Order {
        id: 4_711,
        customer: "Ada Lovelace".to_owned(),
        cents: (0..20).collect(),
    }
}

/// A whole replay, counted by its events: match each step, decode each result, run the body.
#[divan::bench(max_time = 1)]
fn replay_events(bencher: Bencher<'_, '_>) {
    let name: WireName = "staircase".parse().expect("a function's name is a name");
    let code = REGISTRY
        .code(&name, Version::ONE)
        .expect("it is registered above");
    bencher
        .counter(ItemsCount::new(HISTORY.events.len()))
        .bench(|| Execution::load(code, divan::black_box(&HISTORY.events)).map(|ran| ran.event_count()));
}

#[divan::bench(max_time = 0.5)]
fn payload_encode(bencher: Bencher<'_, '_>) {
    let order = order();
    bencher.bench(|| Payload::encode(divan::black_box(&order)));
}

#[divan::bench(max_time = 0.5)]
fn payload_decode(bencher: Bencher<'_, '_>) {
    let payload = Payload::encode(&order()).expect("an order has a text");
    bencher.bench(|| divan::black_box(&payload).decode::<Order>());
}

fn file() -> PathBuf {
    std::env::temp_dir().join(format!("durable-bench-{}.json", std::process::id()))
}

#[divan::bench(max_time = 0.5)]
fn history_file_write_events(bencher: Bencher<'_, '_>) {
    let file = file();
    bencher
        .counter(ItemsCount::new(HISTORY.events.len()))
        .bench(|| write_history(&file, &HISTORY));
    let _ = std::fs::remove_file(file);
}

#[divan::bench(max_time = 0.5)]
fn history_file_read_events(bencher: Bencher<'_, '_>) {
    let file = file();
    write_history(&file, &HISTORY).expect("the temporary folder can be written to");
    bencher
        .counter(ItemsCount::new(HISTORY.events.len()))
        .bench(|| read_history(&file));
    let _ = std::fs::remove_file(file);
}

#[divan::bench(max_time = 0.5)]
fn registry_find(bencher: Bencher<'_, '_>) {
    let name: WireName = "step".parse().expect("a function's name is a name");
    bencher.bench(|| {
        REGISTRY
            .find(FunctionKind::Activity, divan::black_box(&name), Version::ONE)
            .is_some()
    });
}

#[divan::bench(max_time = 0.5)]
fn registry_collect() -> bool {
    Registry::collected().is_ok()
}
