//! Durable timers.

use durable::Timestamp;
use durable::prelude::*;

use crate::support::test;

#[orchestrator]
async fn sleep(ctx: OrchestrationContext, seconds: u64) -> Result<Timestamp, Failure> {
    ctx.timer(std::time::Duration::from_secs(seconds)).await;
    Ok(ctx.now())
}

#[orchestrator]
async fn sleep_until(ctx: OrchestrationContext, moment: Timestamp) -> Result<bool, Failure> {
    ctx.timer_at(moment).await;
    Ok(ctx.now() >= moment)
}

const YEAR: u64 = 365 * 24 * 3_600;

#[test]
fn a_timer_of_a_century_fires_to_the_second_after_a_crash() {
    test(async |app, _| {
        let begin = app.now();
        let run = app.start(sleep, 100 * YEAR).await.unwrap();
        app.advance(seconds(50 * YEAR)).await;
        app.crash().await;
        app.advance(seconds(50 * YEAR - 1)).await;
        assert!(!run.status().await.unwrap().status.is_ended());
        app.advance(seconds(1)).await;
        assert_eq!(
            run.wait().await.unwrap(),
            begin.saturating_add(seconds(100 * YEAR))
        );
    });
}

#[test]
fn the_longest_duration_there_is_waits_quietly() {
    test(async |app, _| {
        let run = app.start(sleep, u64::MAX).await.unwrap();
        app.advance(seconds(1_000 * YEAR)).await;
        let record = run.status().await.unwrap();
        assert!(record.blocked.is_none() && !record.status.is_ended());
        run.terminate("enough").await.unwrap();
    });
}

#[test]
fn a_moment_that_has_passed_fires_at_once() {
    test(async |app, _| {
        let run = app.start(sleep_until, Timestamp::from_micros(0)).await.unwrap();
        assert!(run.wait().await.unwrap());
    });
}
