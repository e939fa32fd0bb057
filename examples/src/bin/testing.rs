//! Testing an orchestrator: in memory, in virtual time, with its activities replaced.
//!
//! Run it with `cargo run --bin testing`; the same function is a `#[test]` in your own crate.

use durable::prelude::*;
use durable::testkit::TestApp;

#[activity]
async fn send_reminder(_ctx: ActivityContext, who: String) -> Result<(), Failure> {
    Err(Failure::new(format!("a test must never send a mail to {who}")))
}

/// Reminds once a day until an answer comes, at most seven times.
#[orchestrator]
async fn ask(ctx: OrchestrationContext, who: String) -> Result<String, Failure> {
    for day in 1..=7 {
        match ctx
            .select((ctx.event::<String>("answer"), ctx.timer(days(1))))
            .await
        {
            First(answer) => return Ok(format!("{who} answered on day {day}: {answer}")),
            Second(()) => ctx.call(send_reminder, who.clone()).await?,
        }
    }
    Ok(format!("{who} never answered"))
}

fn main() -> durable::Result<()> {
    let app = TestApp::new()?;
    let reminders = app.mock(send_reminder, |_who| Ok(()));

    app.run(async |app| {
        let quick = app.start(ask, "Ada".to_owned()).await?;
        let silent = app.start(ask, "Bob".to_owned()).await?;

        // Two days and a half go by, in no time at all.
        app.advance(days(2) + hours(12)).await;
        quick.raise_event("answer", &"yes").await?;
        println!("{}", quick.wait().await?);

        app.advance(days(30)).await;
        println!("{}", silent.wait().await?);
        println!("reminders: {}", reminders.count());
        Ok(())
    })
}
