//! D0303: what depends on an address is a warning.
#![deny(deprecated)]

use std::rc::Rc;

use durable::prelude::*;

#[orchestrator]
async fn located(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    let shared = Rc::new(1);
    let at = &name as *const String;
    let same = Rc::as_ptr(&shared) == &raw const *shared;
    let work = (main as fn()) as usize;
    tracing::info!("{at:#p}");
    Ok(format!("{:p} {} {}", at, same, work))
}

fn main() {}
