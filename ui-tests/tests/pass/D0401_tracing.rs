//! D0401: `tracing` is not repeated; printing is no concern of activities.
#![deny(warnings)]

use durable::prelude::*;

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<(), Failure> {
    println!("hello, {name}");
    Ok(())
}

#[orchestrator]
async fn quiet(ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    tracing::info!("greeting {name}");
    Ok(ctx.call(greet, name).await?)
}

#[orchestrator]
#[expect(deprecated, reason = "D0401: it may be repeated")]
async fn loud(_ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    println!("hello, {name}");
    Ok(())
}

fn main() {}
