//! D0401: printing is repeated at every replay, which is a warning.
#![deny(deprecated)]

use durable::prelude::*;

/// Stands in for the crate.
mod log {
    macro_rules! info {
        ($text:literal) => {};
    }
    pub(crate) use info;
}

#[orchestrator]
async fn talkative(ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    println!("hello, {name}");
    if ctx.is_replaying() {
        std::eprintln!("again");
    }
    log::info!("hello");
    let _ = [1, 2].map(|n| dbg!(n));
    Ok(())
}

fn main() {}
