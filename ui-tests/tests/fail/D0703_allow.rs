//! D0703: an `allow_nondeterminism` without a reason, without a use, or in the wrong place.
#![deny(deprecated)]

use std::time::Instant;

use durable::prelude::*;

#[orchestrator]
async fn reasons(_ctx: OrchestrationContext) -> Result<bool, Failure> {
    #[allow_nondeterminism]
    let a = Instant::now();
    #[allow_nondeterminism(reason = "")]
    let b = Instant::now();
    let c = #[allow_nondeterminism("it is shown only")]
    Instant::now();
    #[allow_nondeterminism(reason = "it is deterministic anyway")]
    let d = 3;
    Ok(a < b && b < c && d == 3)
}

#[allow_nondeterminism(reason = "all of it is harmless")]
fn elsewhere() {}

#[orchestrator]
#[allow_nondeterminism(reason = "all of it is harmless")]
async fn whole(_ctx: OrchestrationContext) -> Result<(), Failure> {
    elsewhere();
    Ok(())
}

fn main() {}
