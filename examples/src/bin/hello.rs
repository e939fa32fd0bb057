//! The smallest durable function: one orchestrator that calls one activity.
//!
//! Run it with `cargo run --bin hello`.

use durable::prelude::*;

/// An activity does the real work: it may read files, call services, take its time.
#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

/// An orchestrator says what happens in which order. Each step is recorded, so it survives a crash.
#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("hello")?).start().await?;

    let run = app.client().start(hello, "durable world".to_owned()).await?;
    println!("{}", run.wait().await?);

    Ok(app.shutdown().await?)
}
