//! D0102: what a start, a compensation, continue-as-new and a mock take are handles, of the right kind.
use durable::prelude::*;

async fn forgotten(_: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

async fn forgotten_activity(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[activity]
async fn refund(_: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.continue_as_new(cents).on(forgotten).await
}

async fn start(client: &Client) -> durable::Result<()> {
    client.start(forgotten, 7).await?;
    client.start(refund, 7).await?;
    client.run_of(forgotten, "order-42")?;
    Ok(())
}

#[orchestrator]
async fn undone(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
    ctx.saga(|saga| async move {
        saga.undo_with(forgotten_activity, cents);
        Ok(())
    })
    .await
}

fn mocked(app: &durable::testkit::TestApp) {
    app.mock(forgotten_activity, |cents: u64| Ok(cents));
    app.mock(checkout, |_cents| Ok(()));
}

fn main() {}
