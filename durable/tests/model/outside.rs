//! Activities that are completed from outside, and starts that raise.

use durable::hub::CompletionToken;
use durable::prelude::*;

use crate::activities::CardError;
use crate::support::{Probe, test};

#[activity]
async fn ask_the_bank(ctx: ActivityContext, (): ()) -> Result<u32, CardError> {
    let token = ctx.completes_later().token;
    ctx.state::<Probe>().note("asked");
    ctx.state::<Probe>().note(format!("token {token}"));
    Ok(0)
}

#[orchestrator]
async fn wire_money(ctx: OrchestrationContext, (): ()) -> Result<u32, CallError<CardError>> {
    ctx.call(ask_the_bank, ()).await
}

#[orchestrator]
async fn wire_impatiently(ctx: OrchestrationContext, (): ()) -> Result<u32, CallError<CardError>> {
    ctx.call(ask_the_bank, ()).timeout(seconds(30)).await
}

#[orchestrator]
async fn collector(ctx: OrchestrationContext, first: u32) -> Result<u32, Failure> {
    Ok(first + ctx.event::<u32>("n").await + ctx.event::<u32>("n").await)
}

fn token(probe: &Probe) -> CompletionToken {
    let notes = probe.notes();
    let token = notes.iter().find_map(|note| note.strip_prefix("token "));
    token.unwrap().parse().unwrap()
}

#[test]
fn a_token_completes_an_activity_that_does_not_run_again_after_a_restart_of_the_worker() {
    test(async |app, probe| {
        let run = app.start(wire_money, ()).await.unwrap();
        app.settle().await;
        app.crash().await;
        app.advance(days(30)).await;
        app.restart().await;
        app.settle().await;
        app.client()
            .complete_activity(&token(probe), &42_u32)
            .await
            .unwrap();
        assert_eq!(run.wait().await.unwrap(), 42);
        assert_eq!(probe.count("asked"), 1);
    });
}

#[test]
fn a_token_fails_an_activity_with_its_typed_error() {
    test(async |app, probe| {
        let run = app.start(wire_money, ()).await.unwrap();
        app.settle().await;
        let error = CardError::Declined { code: 5 };
        app.client().fail_activity(&token(probe), &error).await.unwrap();
        let ended = run.wait().await.unwrap_err().to_string();
        assert_eq!(ended, "declined with code 5");
        let details = run.status().await.unwrap().failure.unwrap();
        assert!(details.json.unwrap().contains("Declined"));
    });
}

#[test]
fn an_activity_that_nobody_completes_runs_into_its_time_limit_and_its_token_is_void() {
    test(async |app, probe| {
        let run = app.start(wire_impatiently, ()).await.unwrap();
        app.advance(seconds(30)).await;
        assert_eq!(
            run.wait().await.unwrap_err().to_string(),
            "the call ran out of time"
        );
        let late = app.client().complete_activity(&token(probe), &1_u32).await;
        let late = late.unwrap_err().to_string();
        assert!(late.contains(run.id().as_str()), "{late}");
    });
}

#[test]
fn a_start_that_raises_starts_once_and_delivers_every_event() {
    test(async |app, _| {
        let first = app
            .start(collector, 1)
            .id("jar")
            .or_raise("n", &10_u32)
            .await
            .unwrap();
        app.settle().await;
        let second = app
            .start(collector, 2)
            .id("jar")
            .or_raise("n", &20_u32)
            .await
            .unwrap();
        assert_eq!(first.wait().await.unwrap(), 31);
        assert_eq!(second.wait().await.unwrap(), 31);
    });
}
