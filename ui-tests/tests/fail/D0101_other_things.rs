//! D0101: joins and selects of what is no future at all, each reported once.
use durable::prelude::*;

#[orchestrator]
async fn numbers(ctx: OrchestrationContext, urls: Vec<String>) -> Result<(), Failure> {
    ctx.join((ctx.timer(days(1)), 2)).await;
    ctx.join_all([1]).await;
    ctx.select_all(urls).await;
    let (_, first, rest) = ctx.select_all(vec![outside()]).await;
    drop((first, rest));
    for done in ctx.join_all((1..3).map(|_| outside())).await {
        drop(done);
    }
    Ok(())
}

#[orchestrator]
async fn shapes(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.join(vec![ctx.timer(days(1))]).await;
    ctx.select((ctx.timer(days(1)),)).await;
    Ok(())
}

fn outside() -> impl Future<Output = u8> {
    async { 1 }
}

fn main() {}
