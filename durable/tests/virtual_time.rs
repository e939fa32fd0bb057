//! Orchestrators in virtual time, with mocked activities.

use durable::orchestration::{days, hours};
use durable::prelude::*;
use durable_testkit::TestApp;

#[activity]
async fn remind(_ctx: ActivityContext, who: String) -> Result<(), Failure> {
    Err(Failure::new(format!("a test must never send a mail to {who}")))
}

#[orchestrator]
async fn ask(ctx: OrchestrationContext, who: String) -> Result<String, Failure> {
    for day in 1..=7 {
        match ctx
            .select((ctx.event::<String>("answer"), ctx.timer(days(1))))
            .await
        {
            First(answer) => return Ok(format!("{who} answered on day {day}: {answer}")),
            Second(()) => ctx.call(remind, who.clone()).await?,
        }
    }
    Ok(format!("{who} never answered"))
}

#[activity]
async fn ask_a_person(ctx: ActivityContext, tokens: String) -> Result<u32, Failure> {
    std::fs::write(&tokens, ctx.completes_later().token.to_string())?;
    Ok(0)
}

#[orchestrator]
async fn question(ctx: OrchestrationContext, tokens: String) -> Result<u32, Failure> {
    Ok(ctx.call(ask_a_person, tokens).await?)
}

#[test]
fn a_month_goes_by_in_no_time() {
    let app = TestApp::new().unwrap();
    let reminders = app.mock(remind, |_who| Ok(()));
    app.run(async |app| {
        let quick = app.start(ask, "Ada".to_owned()).await.unwrap();
        let silent = app.start(ask, "Bob".to_owned()).await.unwrap();
        app.advance(days(2) + hours(12)).await;
        assert_eq!(reminders.count(), 4);
        quick.raise_event("answer", &"yes").await.unwrap();
        assert_eq!(quick.wait().await.unwrap(), "Ada answered on day 3: yes");
        app.advance(days(30)).await;
        assert_eq!(silent.wait().await.unwrap(), "Bob never answered");
        assert_eq!(reminders.count(), 2 + 7);
    });
}

#[test]
fn an_activity_can_be_completed_from_outside_by_its_token() {
    let tokens = std::env::temp_dir().join(format!("durable-token-{}", std::process::id()));
    TestApp::new().unwrap().run(async |app| {
        let run = app
            .start(question, tokens.to_string_lossy().into_owned())
            .await
            .unwrap();
        app.settle().await;
        let token = std::fs::read_to_string(&tokens).unwrap().parse().unwrap();
        app.client().complete_activity(&token, &42_u32).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 42);
        let late = app
            .client()
            .complete_activity(&token, &43_u32)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            late.contains("order") || late.contains(&token.to_string()),
            "{late}"
        );
    });
    std::fs::remove_file(tokens).unwrap();
}
