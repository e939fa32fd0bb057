//! D0701: loops that end, or begin a new history.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator]
async fn monitor(ctx: OrchestrationContext, mut round: u32) -> Result<(), Failure> {
    loop {
        ctx.timer(days(1)).await;
        round += 1;
        if round.is_multiple_of(100) {
            return ctx.continue_as_new(round).await;
        }
    }
}

#[orchestrator]
async fn poll(ctx: OrchestrationContext) -> Result<u8, Failure> {
    'rounds: loop {
        for _ in 0..9 {
            if let First(done) = ctx.select((ctx.event::<u8>("done"), ctx.timer(days(1)))).await {
                break 'rounds Ok(done);
            }
        }
    }
}

fn main() {}
