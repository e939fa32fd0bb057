//! D0004: calls that run at the same time.
use durable::prelude::*;

#[activity]
async fn work(_ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    Ok(tokio_like::spawn(n))
}

mod tokio_like {
    pub fn spawn(n: u32) -> u32 {
        n
    }
}

#[orchestrator]
async fn together(ctx: OrchestrationContext) -> Result<usize, Failure> {
    let spawn = |n| ctx.call(work, n);
    let results = ctx.join_all((0..9).map(spawn)).await;
    Ok(results.len())
}

fn main() {}
