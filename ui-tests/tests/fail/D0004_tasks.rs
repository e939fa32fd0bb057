//! D0004: an orchestrator that starts tasks and threads.
use std::thread;

use durable::prelude::*;

/// Stands in for the crate.
mod tokio {
    pub use task::spawn;
    pub mod task {
        pub fn spawn<F: Future>(_: F) {}
    }
}

#[orchestrator]
async fn busy(ctx: OrchestrationContext) -> Result<(), Failure> {
    tokio::spawn(async {});
    tokio::task::spawn(async {});
    let sum = thread::spawn(|| 1 + 1);
    thread::scope(|_| thread::yield_now());
    ctx.side_effect(|| drop(thread::spawn(|| {}))).await;
    drop(sum);
    Ok(())
}

fn main() {}
