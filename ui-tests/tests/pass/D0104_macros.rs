//! D0104: macros that are known, and one that is said to be harmless.
#![deny(warnings)]

use durable::prelude::*;

macro_rules! twice {
    ($n:expr) => {
        $n + $n
    };
}

#[orchestrator]
async fn formatted(ctx: OrchestrationContext, n: u32) -> Result<String, Failure> {
    let all = vec![n; 2];
    assert_eq!(all.len(), 2, "{n} twice");
    tracing::info!(target: "shop", ?all, n, "for {}", ctx.instance());
    let json = serde_json::json!({ "n": n, "all": all });
    #[allow_nondeterminism(reason = "it adds numbers")]
    let sum = twice!(n);
    if !matches!(n, 0..=9 if sum > 0) {
        unreachable!("{n}");
    }
    Ok(format!("{json} {sum:>8}"))
}

fn main() {}
