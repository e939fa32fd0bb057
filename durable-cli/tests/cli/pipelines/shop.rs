use durable::prelude::*;
use durable_server::{KeyFile, Scope, SecretFile, Server, Settings};

#[activity]
async fn ship(_ctx: ActivityContext, order: String) -> Result<String, Failure> {
    Ok(format!("{order} is on its way"))
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, order: String) -> Result<String, Failure> {
    ctx.event::<u64>("payment").await;
    Ok(ctx.call(ship, order).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(SqliteHub::at("shop.db"));
    if std::env::args().nth(1).as_deref() != Some("serve") {
        return Ok(app.run().await?);
    }
    // The worker, and the management API beside it. The pipeline has a key.
    let app = app.start().await?;
    let keys = KeyFile::open("keys.json")?;
    let key = keys.add("pipeline", [Scope::Read, Scope::Manage])?;
    let settings = Settings::with_keys(keys, SecretFile::open_or_make("secrets.json")?);
    let server = Server::bind("127.0.0.1:0".parse()?, app.client().clone(), settings).await?;
    println!("{} {}", server.address(), key.reveal());
    server.run_until(std::future::pending()).await;
    Ok(())
}
