//! D0201: what cannot be deterministic.
use durable::prelude::*;

#[deterministic]
const fn constant() -> u8 {
    1
}

#[deterministic]
unsafe fn dangerous() -> u8 {
    1
}

#[deterministic]
extern "C" fn foreign() -> u8 {
    1
}

#[deterministic]
struct Price {
    cents: u64,
}

#[deterministic]
#[activity]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator]
#[deterministic]
async fn checkout(_: OrchestrationContext) -> Result<(), Failure> {
    Ok(())
}

#[deterministic(stric)]
fn slip() {}

fn main() {}
