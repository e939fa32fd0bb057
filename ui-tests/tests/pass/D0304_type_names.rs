//! D0304: names that are texts of the user's own.
#![deny(warnings)]

use durable::prelude::*;

#[orchestrator]
async fn named(_ctx: OrchestrationContext) -> Result<String, Failure> {
    Ok("order".to_owned())
}

fn main() {}
