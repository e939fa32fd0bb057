//! Activities: typed errors and panics.

use durable::FailureOrigin;
use durable::client::RunError;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{Probe, test};

#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub(crate) enum CardError {
    #[error("declined with code {code}")]
    Declined { code: u32 },
    #[error("the bank is busy")]
    Busy,
}

#[activity]
async fn decline(_: ActivityContext, code: u32) -> Result<(), CardError> {
    Err(CardError::Declined { code })
}

#[orchestrator]
async fn pay_and_look(ctx: OrchestrationContext, code: u32) -> Result<u32, CardError> {
    match ctx.call(decline, code).await {
        Err(CallError::App(CardError::Declined { code })) => Ok(code),
        Err(CallError::App(CardError::Busy)) => Err(CardError::Busy),
        other => panic!("not the typed error: {other:?}"),
    }
}

#[derive(Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
enum ShopError {
    #[error(transparent)]
    Card(#[from] CallError<CardError>),
}

#[orchestrator]
async fn pay_or_fail(ctx: OrchestrationContext, code: u32) -> Result<(), ShopError> {
    Ok(ctx.call(decline, code).await?)
}

#[activity]
async fn stumble(ctx: ActivityContext, times: u32) -> Result<u32, Failure> {
    ctx.state::<Probe>().note("stumble");
    assert!(
        ctx.info().attempt > times,
        "stumbled at attempt {}",
        ctx.info().attempt
    );
    Ok(ctx.info().attempt)
}

#[orchestrator]
async fn walk(ctx: OrchestrationContext, retries: u32) -> Result<u32, Failure> {
    let policy = RetryPolicy::fixed(1 + retries, seconds(1));
    match ctx.call(stumble, 2).retry(policy).await {
        Ok(attempt) => Ok(attempt),
        Err(CallError::Failed(details)) if details.origin == FailureOrigin::Panic => Err(details.into()),
        Err(other) => panic!("not the panic: {other:?}"),
    }
}

#[activity(blocking)]
fn stumble_blocking(_: ActivityContext, (): ()) -> Result<(), Failure> {
    panic!("tripped over {}", "a thread");
}

#[orchestrator]
async fn walk_blocking(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    match ctx.call(stumble_blocking, ()).await {
        Err(CallError::Failed(details)) => Ok(details.to_string()),
        other => panic!("not the panic: {other:?}"),
    }
}

#[test]
fn an_orchestrator_matches_on_the_typed_error_of_its_activity() {
    test(async |app, _| {
        let run = app.start(pay_and_look, 51).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 51);
    });
}

#[test]
fn the_client_gets_the_typed_error_through_the_orchestrator() {
    test(async |app, _| {
        let run = app.start(pay_or_fail, 7).await.unwrap();
        match run.wait().await.unwrap_err() {
            RunError::App(ShopError::Card(CallError::App(error))) => {
                assert_eq!(error, CardError::Declined { code: 7 });
            }
            other => panic!("{other:?}"),
        }
        let record = run.status().await.unwrap();
        assert_eq!(record.failure.unwrap().kind, "ShopError::Card");
    });
}

#[test]
fn a_panic_in_an_activity_is_a_failure_of_kind_panic_that_is_retried() {
    test(async |app, probe| {
        let run = app.start(walk, 2).await.unwrap();
        app.advance(seconds(10)).await;
        assert_eq!(run.wait().await.unwrap(), 3);
        assert_eq!(probe.count("stumble"), 3);
        let run = app.start(walk, 0).await.unwrap();
        let error = run.wait().await.unwrap_err();
        match error {
            RunError::App(failure) => {
                assert_eq!(failure.details().kind, "Panic");
                assert_eq!(failure.to_string(), "stumbled at attempt 1");
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_panic_in_a_blocking_activity_is_a_failure_too() {
    test(async |app, _| {
        let run = app.start(walk_blocking, ()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "Panic: tripped over a thread");
    });
}
