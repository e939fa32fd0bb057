//! D0003: an orchestrator that waits on a timer of another library.
use std::time::Duration;

use durable::prelude::*;

/// Stands in for the crate.
mod tokio {
    pub mod time {
        pub async fn sleep(_: std::time::Duration) {}
        pub async fn timeout<F: Future>(_: std::time::Duration, future: F) -> Option<F::Output> {
            Some(future.await)
        }
    }
}

#[orchestrator]
async fn impatient(ctx: OrchestrationContext) -> Result<(), Failure> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _ = tokio::time::timeout(Duration::from_secs(1), ctx.timer(days(1))).await;
    {
        use tokio::time;
        time::sleep(Duration::from_secs(1)).await;
    }
    std::thread::sleep(Duration::from_secs(1));
    Ok(())
}

fn main() {}
