//! The durable functions that several workloads run.

use durable::prelude::*;

use crate::load::{self, Took};

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

/// Runs `n` of them, `in_flight` at any time.
pub(crate) async fn say_hellos(client: &Client, n: usize, in_flight: usize) -> durable::Result<Took> {
    let client = client.clone();
    load::run(n, in_flight, move |_| {
        let client = client.clone();
        async move { say_hello(&client).await }
    })
    .await
}

/// Runs some that are not counted: they open connections and prepare statements.
pub(crate) async fn warm_up(client: &Client) -> durable::Result<()> {
    for _ in 0..20 {
        say_hello(client).await?;
    }
    Ok(())
}
