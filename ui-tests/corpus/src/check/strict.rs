//! Strict orchestrators call only what is marked.

use durable::prelude::*;

macro_rules! twice {
    ($e:expr) => {
        $e + $e
    };
}

fn unmarked(n: u32) -> u32 {
    n + 1
}

#[deterministic]
fn marked(n: u32) -> u32 {
    n + 1
}

/// an unmarked helper in strict mode
#[orchestrator(strict)]
async fn strict_helper(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(marked(unmarked(n))) //~ D0202
}

/// a macro in strict mode
#[orchestrator(strict)]
async fn strict_macro(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(twice!(n)) //~ D0104
}
