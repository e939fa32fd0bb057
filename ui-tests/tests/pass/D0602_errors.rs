//! D0602: errors are returned.
use durable::prelude::*;

#[orchestrator]
async fn careful(_ctx: OrchestrationContext, tries: u32) -> Result<u32, Failure> {
    tries.checked_add(1).ok_or_else(|| Failure::new("too often"))
}

fn main() {}
