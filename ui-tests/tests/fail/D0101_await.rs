//! D0101: awaits of what is not a durable future.
use durable::prelude::*;
use tokio::spawn as background;
use tokio::time::sleep as nap;

#[activity]
async fn ship(_: ActivityContext, parcels: u32) -> Result<u32, Failure> {
    Ok(parcels)
}

async fn fetch(url: &str) -> Result<String, Failure> {
    Ok(url.to_owned())
}

#[orchestrator]
async fn asleep(_: OrchestrationContext) -> Result<(), Failure> {
    nap(seconds(1)).await;
    Ok(())
}

#[orchestrator]
async fn spawned(_: OrchestrationContext) -> Result<(), Failure> {
    let task = background(async { 1 });
    let _one = task.await;
    Ok(())
}

#[orchestrator]
async fn helped(_: OrchestrationContext) -> Result<usize, Failure> {
    Ok(fetch("https://example.com/a/rather/long/path").await?.trim().len())
}

#[orchestrator]
async fn listening(_: OrchestrationContext) -> Result<(), Failure> {
    let (_sender, receiver) = tokio::sync::oneshot::channel::<u8>();
    let _byte = receiver.await;
    Ok(())
}

#[orchestrator]
async fn nested(ctx: OrchestrationContext) -> Result<(), Failure> {
    let block = async {
        nap(seconds(1)).await;
        1
    };
    let closure = || async move { std::future::pending::<u8>().await };
    ctx.join((block, closure())).await;
    Ok(())
}

#[orchestrator]
async fn in_macros(_: OrchestrationContext) -> Result<String, Failure> {
    assert!(matches!(fetch("a").await, Ok(text) if text.is_empty()));
    Ok(format!("{:?}", fetch("b").await))
}

#[orchestrator]
async fn direct(_: OrchestrationContext) -> Result<u32, Failure> {
    let parcels = ship(activity(), 3).await?;
    Ok(parcels)
}

#[deterministic]
async fn helper(parcels: u32) -> u32 {
    nap(seconds(parcels.into())).await;
    parcels
}

fn activity() -> ActivityContext {
    loop {}
}

fn main() {}
