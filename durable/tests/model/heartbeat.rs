//! Heartbeats: progress that outlives the worker, a lease that runs out, and activities that are silent for too long.

use durable::FailureOrigin;
use durable::history::EventKind;
use durable::prelude::*;

use crate::support::{Cluster, Probe, run, test};

#[activity]
async fn count_to_ten(ctx: ActivityContext, (): ()) -> Result<(u32, u32), Failure> {
    let probe = ctx.state::<Probe>();
    let from = ctx.progress::<u32>()?.unwrap_or(0);
    for n in from + 1..=10 {
        ctx.heartbeat(&n).await?;
        if n == 6 && ctx.info().deliveries == 0 {
            probe.note("at six");
            std::future::pending::<()>().await;
        }
    }
    Ok((from, ctx.info().deliveries))
}

#[orchestrator]
async fn counting(ctx: OrchestrationContext, (): ()) -> Result<(u32, u32), CallError<Failure>> {
    ctx.call(count_to_ten, ()).await
}

#[test]
fn a_later_run_goes_on_where_the_dead_worker_s_run_was() {
    test(async |app, probe| {
        let run = app.start(counting, ()).await.unwrap();
        probe.seen("at six", 1).await;
        app.crash().await;
        assert_eq!(run.wait().await.unwrap(), (6, 1));
    });
}

#[test]
fn another_worker_takes_over_once_the_dead_worker_s_lease_has_run_out() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(counting, ()).await.unwrap();
        cluster.probe.seen("at six", 1).await;
        let second = cluster.worker("second", |_| {}).await;
        first.vanish().await;
        cluster.clock.advance(cluster.hub.lease());
        assert_eq!(run.wait().await.unwrap(), (6, 1));
        second.stop().await;
    });
}

#[activity(heartbeat = "30s", retry(max_attempts = 2, backoff = "10s"))]
async fn hangs_once(ctx: ActivityContext, (): ()) -> Result<(u32, u32), Failure> {
    let probe = ctx.state::<Probe>();
    probe.note("begins");
    if ctx.info().attempt == 1 {
        ctx.cancel_token().cancelled().await;
        probe.note("was cancelled");
        probe.gate("late").await;
        probe.note("returns late");
    }
    Ok((ctx.info().attempt, ctx.info().deliveries))
}

#[orchestrator]
async fn retried(ctx: OrchestrationContext, (): ()) -> Result<(u32, u32), CallError<Failure>> {
    ctx.call(hangs_once, ()).await
}

#[test]
fn a_silent_activity_is_cancelled_and_its_call_is_tried_again() {
    test(async |app, probe| {
        let run = app.start(retried, ()).await.unwrap();
        probe.seen("begins", 1).await;
        app.clock().advance(seconds(29));
        assert_eq!(probe.count("was cancelled"), 0);
        app.clock().advance(seconds(1));
        probe.seen("was cancelled", 1).await;
        app.settle().await;
        app.clock().advance(seconds(10));
        assert_eq!(run.wait().await.unwrap(), (2, 0));
        let before = run.history().await.unwrap();
        probe.open("late");
        probe.seen("returns late", 1).await;
        app.settle().await;
        assert_eq!(run.history().await.unwrap(), before);
        let failed = before.events.iter().filter_map(|event| match &event.kind {
            EventKind::TaskFailed { failure, .. } => Some((failure.origin, failure.kind.as_str())),
            _ => None,
        });
        let failed: Vec<_> = failed.collect();
        assert_eq!(failed, [(FailureOrigin::Timeout, "HeartbeatTimeout")]);
    });
}

#[activity]
async fn reports(ctx: ActivityContext, times: u32) -> Result<u32, Failure> {
    let probe = ctx.state::<Probe>();
    for n in 0..times {
        probe.gate(&format!("gate {n}")).await;
        ctx.heartbeat(&n).await?;
        probe.note(format!("reported {n}"));
    }
    probe.gate("end").await;
    Ok(times)
}

#[orchestrator]
async fn limited_by_the_call(ctx: OrchestrationContext, times: u32) -> Result<u32, CallError<Failure>> {
    ctx.call(reports, times).heartbeat(seconds(30)).await
}

#[test]
fn an_activity_that_reports_in_time_may_take_as_long_as_it_likes() {
    test(async |app, probe| {
        let run = app.start(limited_by_the_call, 4).await.unwrap();
        for n in 0..4 {
            app.clock().advance(seconds(20));
            probe.open(&format!("gate {n}"));
            probe.seen(&format!("reported {n}"), 1).await;
        }
        app.clock().advance(seconds(20));
        probe.open("end");
        assert_eq!(run.wait().await.unwrap(), 4);
    });
}

#[test]
fn without_a_policy_silence_is_the_end_of_the_call() {
    test(async |app, probe| {
        let run = app.start(limited_by_the_call, 1).await.unwrap();
        probe.open("gate 0");
        probe.seen("reported 0", 1).await;
        app.clock().advance(seconds(30));
        let error = run.wait().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the activity gave no sign of life within its heartbeat limit"
        );
        probe.open("end");
        app.settle().await;
    });
}

#[activity(max_concurrent = 1)]
async fn one_by_one(ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    let probe = ctx.state::<Probe>();
    probe.note(format!("{n} begins"));
    probe.gate(&format!("gate {n}")).await;
    Ok(n)
}

#[orchestrator]
async fn queueing(ctx: OrchestrationContext, (): ()) -> Result<(u32, u32), CallError<Failure>> {
    let long = ctx.call(one_by_one, 1);
    let second = ctx.call(one_by_one, 2).heartbeat(seconds(30));
    let (first, second) = ctx.join((long, second)).await;
    Ok((first?, second?))
}

#[test]
fn waiting_for_a_slot_is_not_silence() {
    test(async |app, probe| {
        let run = app.start(queueing, ()).await.unwrap();
        probe.seen("1 begins", 1).await;
        app.clock().advance(seconds(300));
        probe.open("gate 1");
        probe.seen("2 begins", 1).await;
        app.clock().advance(seconds(29));
        probe.open("gate 2");
        assert_eq!(run.wait().await.unwrap(), (1, 2));
    });
}
