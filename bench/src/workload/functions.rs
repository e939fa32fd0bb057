//! The durable functions that several workloads run.

use durable::prelude::*;

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

/// The smallest instance that does something: one activity.
#[orchestrator]
pub(crate) async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

/// Runs one `hello` from its start to its result.
pub(crate) async fn say_hello(client: &Client) -> durable::Result<()> {
    let run = client.start(hello, "world".to_owned()).await?;
    run.wait().await?;
    Ok(())
}

/// Runs some that are not counted: they open connections and prepare statements.
pub(crate) async fn warm_up(client: &Client) -> durable::Result<()> {
    for _ in 0..20 {
        say_hello(client).await?;
    }
    Ok(())
}
