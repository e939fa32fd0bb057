//! D0602: an orchestrator that catches panics or ends the process.
use std::panic;
use std::process;

use durable::prelude::*;

#[orchestrator]
async fn stubborn(_ctx: OrchestrationContext, tries: u32) -> Result<u32, Failure> {
    panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(|| tries + 1);
    if caught.is_err() {
        process::exit(1);
    }
    Ok(caught.unwrap_or_else(|_| std::process::abort()))
}

fn main() {}
