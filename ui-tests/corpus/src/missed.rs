//! Not caught, each with the reason.

use std::collections::HashMap;

use durable::prelude::*;

/// floating point functions: their last digit may differ between processors, and nearly all such code is harmless
#[orchestrator]
async fn floats(_ctx: OrchestrationContext, x: f64) -> Result<f64, Failure> {
    Ok(x.sin().powf(1.5))
}

/// the width of `usize`: it differs between targets only, and most programs have one
#[orchestrator]
async fn width(_ctx: OrchestrationContext, n: u64) -> Result<bool, Failure> {
    Ok(usize::try_from(n).is_ok() && usize::BITS > 32)
}

/// a file behind a function that is not marked: it is the same at both runs of a turn, so only strict code would show it
#[orchestrator]
async fn file_behind_function(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(configured())
}

fn configured() -> bool {
    std::fs::exists("/etc/shop.toml").unwrap_or_default()
}

/// a variable of the environment behind a function that is not marked: the same
#[orchestrator]
async fn environment_behind_function(_ctx: OrchestrationContext, _: ()) -> Result<Option<String>, Failure> {
    Ok(region())
}

fn region() -> Option<String> {
    std::env::var("REGION").ok()
}

/// a choice by the build behind a function that is not marked: both runs of a turn are of one build
#[orchestrator]
async fn build_behind_function(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    if is_debug() {
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

fn is_debug() -> bool {
    cfg!(debug_assertions)
}

/// a value that is computed once behind a function: it is the same until the process ends
#[orchestrator]
async fn computed_once(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(*started())
}

fn started() -> &'static u32 {
    static STARTED: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    STARTED.get_or_init(std::process::id)
}

/// a clock that is read rarely: both runs agree on the day but at midnight
#[orchestrator]
async fn coarse_clock(_ctx: OrchestrationContext, _: ()) -> Result<u64, Failure> {
    Ok(today())
}

fn today() -> u64 {
    std::time::UNIX_EPOCH
        .elapsed()
        .map_or(0, |age| age.as_secs() / 86_400)
}

/// the text of an error of the system: it differs between systems and languages only
#[orchestrator]
async fn error_text(_ctx: OrchestrationContext, code: i32) -> Result<String, Failure> {
    Ok(std::io::Error::from_raw_os_error(code).to_string())
}

/// the hash of the default hasher: it is the same until the standard library changes it
#[orchestrator]
async fn default_hasher(_ctx: OrchestrationContext, name: String) -> Result<u64, Failure> {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
    Ok(BuildHasherDefault::<DefaultHasher>::default().hash_one(name))
}

/// what another library computes: its next release may compute something else, which `replay-check` may show
#[orchestrator]
async fn of_a_library(_ctx: OrchestrationContext, text: String) -> Result<bool, Failure> {
    Ok(text.parse::<jiff::SignedDuration>().is_ok())
}

/// a loop over a map of the hashbrown crate: `for` calls no method that has a name, and the type is not ours to know
#[orchestrator]
async fn loop_over_hashbrown(_ctx: OrchestrationContext, names: Vec<String>) -> Result<Vec<String>, Failure> {
    let names: hashbrown::HashSet<String> = names.into_iter().collect();
    let mut all = Vec::new();
    for name in &names {
        all.push(name.clone());
    }
    Ok(all)
}

/// a sum of floats in the order of a map behind a function, of so few elements that both runs may agree
#[orchestrator]
async fn sum_of_floats(_ctx: OrchestrationContext, _: ()) -> Result<f64, Failure> {
    Ok(total(HashMap::from([(1, 0.1), (2, 0.2)])))
}

fn total(prices: HashMap<u32, f64>) -> f64 {
    prices.values().sum()
}
