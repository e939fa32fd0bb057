//! Retries and time limits.

use std::time::Duration;

use durable::Timestamp;
use durable::prelude::*;
use durable_testkit::RunningTest;

use crate::activities::CardError;
use crate::support::{Probe, test};

#[activity]
async fn busy(ctx: ActivityContext, works_at: u32) -> Result<u32, CardError> {
    let info = ctx.info();
    ctx.state::<Probe>().note(format!("attempt {}", info.attempt));
    match info.attempt {
        attempt if attempt >= works_at => Ok(attempt),
        _ => Err(CardError::Busy),
    }
}

#[activity(retry(max_attempts = 4, backoff = "2s..5s", jitter = 0.0, non_retriable("Declined")))]
async fn by_attribute(ctx: ActivityContext, code: u32) -> Result<(), CardError> {
    ctx.state::<Probe>().note("by attribute");
    match code {
        0 => Err(CardError::Busy),
        code => Err(CardError::Declined { code }),
    }
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
enum How {
    Fixed,
    Exponential,
    Jitter,
    NoRetry,
    Attribute(u32),
}

#[orchestrator]
async fn insist(ctx: OrchestrationContext, how: How) -> Result<u32, CallError<CardError>> {
    let call = ctx.call(busy, 4);
    match how {
        How::Fixed => call.retry(RetryPolicy::fixed(4, seconds(3))).await,
        How::Exponential => {
            call.retry(RetryPolicy::exponential(4, seconds(1)..seconds(3)))
                .await
        }
        How::Jitter => call.retry(RetryPolicy::fixed(4, seconds(100)).jitter(1.0)).await,
        How::NoRetry => call.no_retry().await,
        How::Attribute(code) => ctx.call(by_attribute, code).await.map(|()| 0),
    }
}

/// Lets every pause pass, and returns how long each was.
async fn pauses(app: &RunningTest) -> Vec<Duration> {
    let mut pauses = Vec::new();
    loop {
        app.settle().await;
        let Some(due) = app.hub().next_due() else {
            return pauses;
        };
        pauses.push(since(app.now(), due));
        app.advance(since(app.now(), due)).await;
    }
}

fn since(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(to.as_micros() - from.as_micros()).unwrap())
}

#[test]
fn fixed_delays_are_all_the_same_and_end_with_a_success() {
    test(async |app, probe| {
        let run = app.start(insist, How::Fixed).await.unwrap();
        assert_eq!(pauses(app).await, [seconds(3); 3]);
        assert_eq!(run.wait().await.unwrap(), 4);
        assert_eq!(
            probe.notes(),
            ["attempt 1", "attempt 2", "attempt 3", "attempt 4"]
        );
    });
}

#[test]
fn exponential_delays_double_up_to_their_limit() {
    test(async |app, _| {
        let run = app.start(insist, How::Exponential).await.unwrap();
        assert_eq!(pauses(app).await, [1, 2, 3].map(seconds));
        assert_eq!(run.wait().await.unwrap(), 4);
    });
}

#[test]
fn a_drawn_delay_is_the_same_after_the_worker_restarted() {
    test(async |app, _| {
        let run = app.start(insist, How::Jitter).await.unwrap();
        app.settle().await;
        let due = app.hub().next_due().unwrap();
        assert!(since(app.now(), due) < seconds(100), "the delay was drawn");
        app.crash().await;
        app.settle().await;
        assert_eq!(app.hub().next_due(), Some(due));
        app.advance(seconds(300)).await;
        assert_eq!(run.wait().await.unwrap(), 4);
        let delays: Vec<Timestamp> = timers(&run.history().await.unwrap().events);
        assert_eq!(delays.first(), Some(&due));
        assert_eq!(delays.len(), 3);
    });
}

fn timers(events: &[durable::history::Event]) -> Vec<Timestamp> {
    let fire_at = |event: &durable::history::Event| match event.kind {
        durable::history::EventKind::TimerCreated { fire_at, .. } => Some(fire_at),
        _ => None,
    };
    events.iter().filter_map(fire_at).collect()
}

#[test]
fn the_attribute_s_policy_stops_at_its_most_attempts() {
    test(async |app, probe| {
        let run = app.start(insist, How::Attribute(0)).await.unwrap();
        assert_eq!(pauses(app).await, [2, 4, 5].map(seconds));
        assert_eq!(run.wait().await.unwrap_err().to_string(), "the bank is busy");
        assert_eq!(probe.count("by attribute"), 4);
    });
}

#[test]
fn a_kind_that_is_not_retriable_is_not_retried() {
    test(async |app, probe| {
        let run = app.start(insist, How::Attribute(5)).await.unwrap();
        assert_eq!(run.wait().await.unwrap_err().to_string(), "declined with code 5");
        assert_eq!(probe.count("by attribute"), 1);
    });
}

#[test]
fn a_call_without_retries_is_made_once_whatever_the_attribute_says() {
    test(async |app, probe| {
        let run = app.start(insist, How::NoRetry).await.unwrap();
        assert!(run.wait().await.is_err());
        assert_eq!(probe.notes(), ["attempt 1"]);
    });
}

#[orchestrator]
async fn picky(ctx: OrchestrationContext, (): ()) -> Result<u32, CallError<CardError>> {
    // An orchestrator has no shared state: the judge counts through a side channel of the test.
    let judge = |error: &CardError| {
        #[allow_nondeterminism(reason = "the answer of a judge is recorded")]
        let asked = ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        *error == CardError::Busy && asked < 3
    };
    let policy = RetryPolicy::fixed(9, seconds(1));
    ctx.call(busy, 8).retry(policy).retry_if(judge).await
}

static ASKED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

#[test]
fn the_predicate_is_asked_once_per_failure_although_the_worker_crashes() {
    test(async |app, probe| {
        let run = app.start(picky, ()).await.unwrap();
        app.settle().await;
        app.crash().await;
        app.advance(seconds(1)).await;
        app.crash().await;
        app.advance(seconds(5)).await;
        assert_eq!(run.wait().await.unwrap_err().to_string(), "the bank is busy");
        assert_eq!(ASKED.load(std::sync::atomic::Ordering::SeqCst), 3);
        assert_eq!(probe.notes(), ["attempt 1", "attempt 2", "attempt 3"]);
    });
}

#[activity]
async fn slow(ctx: ActivityContext, (): ()) -> Result<(), Failure> {
    let probe = ctx.state::<Probe>();
    probe.note("slow begins");
    ctx.cancel_token().cancelled().await;
    probe.note("slow was cancelled");
    Ok(())
}

#[orchestrator]
async fn attempt_limit(ctx: OrchestrationContext, (): ()) -> Result<(), CallError<Failure>> {
    let policy = RetryPolicy::fixed(2, seconds(10));
    ctx.call(slow, ()).timeout(seconds(30)).retry(policy).await
}

#[orchestrator]
async fn total_limit(ctx: OrchestrationContext, (): ()) -> Result<(), CallError<Failure>> {
    let policy = RetryPolicy::fixed(9, seconds(10));
    let call = ctx.call(slow, ()).timeout(seconds(30)).retry(policy);
    call.total_timeout(seconds(75)).await
}

#[test]
fn each_attempt_has_its_time_and_a_cancelled_run_sees_its_token() {
    test(async |app, probe| {
        let run = app.start(attempt_limit, ()).await.unwrap();
        probe.seen("slow begins", 1).await;
        app.clock().advance(seconds(30));
        probe.seen("slow was cancelled", 1).await;
        app.settle().await;
        app.clock().advance(seconds(10));
        probe.seen("slow begins", 2).await;
        app.clock().advance(seconds(30));
        let error = run.wait().await.unwrap_err();
        assert_eq!(error.to_string(), "the call ran out of time");
        probe.seen("slow was cancelled", 2).await;
    });
}

#[test]
fn all_attempts_together_have_their_time() {
    test(async |app, probe| {
        let begin = app.now();
        let run = app.start(total_limit, ()).await.unwrap();
        probe.seen("slow begins", 1).await;
        app.clock().advance(seconds(30));
        probe.seen("slow was cancelled", 1).await;
        app.settle().await;
        app.clock().advance(seconds(10));
        probe.seen("slow begins", 2).await;
        app.clock().advance(seconds(30));
        probe.seen("slow was cancelled", 2).await;
        app.settle().await;
        app.clock().advance(seconds(5));
        let error = run.wait().await.unwrap_err();
        assert_eq!(error.to_string(), "the call ran out of time");
        assert_eq!(since(begin, app.now()), seconds(75));
        assert_eq!(probe.count("slow begins"), 2);
    });
}
