//! A worker whose activity slots are all taken still hears of cancellations.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use durable::prelude::*;
use durable_testkit::TestApp;

#[activity]
async fn wait_for_cancellation(ctx: ActivityContext) -> Result<(), Failure> {
    ctx.cancel_token().cancelled().await;
    Ok(())
}

#[activity]
async fn quick(_ctx: ActivityContext) -> Result<u32, Failure> {
    Ok(7)
}

#[orchestrator]
async fn gives_up(ctx: OrchestrationContext) -> Result<u32, Failure> {
    match ctx
        .select((ctx.call(wait_for_cancellation, ()), ctx.event::<()>("enough")))
        .await
    {
        First(done) => done?,
        Second(()) => {}
    }
    Ok(ctx.call(quick, ()).await?)
}

/// The fetch of activities also brings cancellations. A worker that stopped fetching while all its slots were taken
/// never told its only activity that nobody waits for it, and so never had a slot again.
#[test]
fn a_saturated_worker_cancels_what_fills_it() {
    let app = TestApp::new()
        .unwrap()
        .options(|options| options.max_concurrent_activities = 1);
    app.run(async |app| {
        let run = app.start(gives_up, ()).await.unwrap();
        run.wait_until(|record| record.event_count > 3).await.unwrap();
        run.raise_event("enough", &()).await.unwrap();
        let result = tokio::time::timeout(Duration::from_mins(1), run.wait()).await;
        assert_eq!(result.expect("the activity must be told").unwrap(), 7);
    });
}
