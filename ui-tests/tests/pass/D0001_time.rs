//! D0001: recorded time, and types that only look like clocks.
use durable::prelude::*;
use durable::Timestamp;

struct Money;

impl Money {
    fn now() -> u64 {
        1
    }
}

#[orchestrator]
async fn timed(ctx: OrchestrationContext) -> Result<(Timestamp, u64), Failure> {
    let began = ctx.now();
    let _measured = ctx.side_effect(|| std::time::SystemTime::now()).await;
    #[allow_nondeterminism(reason = "the value is thrown away")]
    let _unused = std::time::Instant::now();
    Ok((began, Money::now()))
}

fn main() {}
