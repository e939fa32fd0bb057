//! D0701: a loop that never ends and makes steps is a warning.
#![deny(deprecated)]

use durable::prelude::*;

#[orchestrator]
#[expect(unreachable_code)]
async fn endless(ctx: OrchestrationContext) -> Result<(), Failure> {
    loop {
        ctx.timer(days(1)).await;
    }
    Ok(())
}

#[orchestrator]
async fn counted(ctx: OrchestrationContext) -> Result<(), Failure> {
    #[allow(while_true)]
    while true {
        for round in 0u64.. {
            if round > 1 {
                continue;
            }
            ctx.timer(days(1)).await;
        }
    }
    Ok(())
}

fn main() {}
