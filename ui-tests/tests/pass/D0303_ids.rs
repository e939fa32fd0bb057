//! D0303: numbers that are no addresses.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator]
async fn numbered(_ctx: OrchestrationContext, n: u32) -> Result<usize, Failure> {
    let text = format!("{{:p}} {n:>p$}", p = 3);
    Ok(n as usize + (n as u8) as usize + text.len())
}

fn main() {}
