//! What the tests start.

use durable::prelude::*;
use durable_testkit::TestApp;

use crate::support::{World, release, run};

/// Waits for two texts and joins them.
#[orchestrator]
pub(crate) async fn listen(ctx: OrchestrationContext, greeting: String) -> Result<String, Failure> {
    let first = ctx.event::<String>("word").await;
    let second = ctx.event::<String>("word").await;
    Ok(format!("{greeting} {first} {second}"))
}

/// Counts down, one execution after the other.
#[orchestrator]
pub(crate) async fn countdown(ctx: OrchestrationContext, left: u32) -> Result<String, Failure> {
    ctx.timer(hours(1)).await;
    if left == 0 {
        return Ok("lift-off".to_owned());
    }
    ctx.continue_as_new(left - 1).await
}

#[activity]
pub(crate) async fn book(_ctx: ActivityContext, what: String) -> Result<String, Failure> {
    Ok(what)
}

#[activity]
pub(crate) async fn unbook(_ctx: ActivityContext, _what: String) -> Result<(), Failure> {
    Ok(())
}

/// Books, and gives back what is booked when it is asked to cancel.
#[orchestrator]
pub(crate) async fn trip(ctx: OrchestrationContext, what: String) -> Result<String, Failure> {
    let booked = ctx.call(book, what).await?;
    match ctx.select((ctx.event::<()>("depart"), ctx.cancelled())).await {
        First(()) => Ok(booked),
        Second(reason) => {
            ctx.call(unbook, booked).await?;
            Err(Failure::new(format!("gave it back: {reason}")))
        }
    }
}

/// Waits for a child, which waits for ever.
#[orchestrator]
pub(crate) async fn outer(ctx: OrchestrationContext, _input: ()) -> Result<String, Failure> {
    Ok(ctx.call(listen, "child".to_owned()).id("child").await?)
}

/// Fails with its own error.
#[derive(Debug, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub(crate) enum TooMuch {
    #[error("{0} is too much")]
    Of(u32),
}

#[orchestrator]
pub(crate) async fn limited(_ctx: OrchestrationContext, number: u32) -> Result<u32, TooMuch> {
    if number > 9 {
        Err(TooMuch::Of(number))
    } else {
        Ok(number)
    }
}

#[test]
fn waiting_goes_over_every_execution_of_the_instance() {
    TestApp::with_registry(release(&["functions"])).run(async |app| {
        let started = app.start(countdown, 3).await.unwrap();
        app.advance(hours(1)).await;
        assert_eq!(started.status().await.unwrap().generation, 1);
        let waiting = started.clone();
        let waiting = tokio::spawn(async move { waiting.wait().await });
        app.advance(hours(3)).await;
        assert_eq!(waiting.await.unwrap().unwrap(), "lift-off");
    });
}

#[test]
fn waiting_returns_the_orchestrator_s_own_error() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let error = world
            .client(&all)
            .start(limited, 10)
            .await
            .unwrap()
            .wait()
            .await
            .unwrap_err();
        assert!(matches!(error, durable::RunError::App(TooMuch::Of(10))));
        assert_eq!(error.to_string(), "10 is too much");
        worker.stop().await;
    });
}

#[test]
fn an_instance_is_found_again_by_its_id_with_its_types() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        client.start(limited, 7).id("seven").await.unwrap();
        assert_eq!(client.run_of(limited, "seven").unwrap().wait().await.unwrap(), 7);
        let missing = client.run_of(limited, "eight").unwrap().wait().await.unwrap_err();
        assert_eq!(missing.to_string(), "there is no instance `eight`");
        worker.stop().await;
    });
}
