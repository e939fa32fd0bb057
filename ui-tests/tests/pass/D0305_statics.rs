//! D0305: constants, and statics that never change.
#![deny(warnings)]

use durable::prelude::*;

static NAMES: [&str; 2] = ["a", "b"];

struct Limits(u64);

impl Limits {
    const fn with(&self, n: u64) -> u64 {
        self.0 + n
    }
}

#[orchestrator]
async fn constant(_ctx: OrchestrationContext) -> Result<u64, Failure> {
    const LIMITS: Limits = Limits(1);
    static EMPTY: &str = "";

    Ok(LIMITS.with(1) + NAMES.iter().map(|name| name.len() as u64).sum::<u64>() + EMPTY.len() as u64)
}

fn main() {}
