//! Graceful shutdown.

use durable::prelude::*;

use crate::support::{Cluster, Probe, run};

#[activity]
async fn task(ctx: ActivityContext, name: String) -> Result<u32, Failure> {
    let probe = ctx.state::<Probe>();
    probe.note(format!("{name} begins"));
    if name == "stuck" && ctx.info().deliveries == 0 {
        ctx.cancel_token().cancelled().await;
        probe.note("stuck was cancelled");
        std::future::pending::<()>().await;
    }
    probe.gate(&name).await;
    probe.note(format!("{name} ends"));
    Ok(ctx.info().deliveries)
}

#[activity(blocking)]
fn stubborn(ctx: ActivityContext, (): ()) -> Result<u32, Failure> {
    let probe = ctx.state::<Probe>();
    probe.note("stubborn begins");
    if ctx.info().deliveries == 0 {
        tokio::runtime::Handle::current().block_on(ctx.cancel_token().cancelled());
        probe.note("stubborn was cancelled");
        // It goes on all the same: one that ended now might still be in time to be committed.
        tokio::runtime::Handle::current().block_on(probe.gate("stubborn"));
    }
    Ok(ctx.info().deliveries)
}

#[orchestrator]
async fn one_task(ctx: OrchestrationContext, name: String) -> Result<u32, CallError<Failure>> {
    ctx.call(task, name).await
}

#[orchestrator]
async fn one_stubborn(ctx: OrchestrationContext, (): ()) -> Result<u32, CallError<Failure>> {
    ctx.call(stubborn, ()).await
}

#[orchestrator]
async fn two_words(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    let first = ctx.event::<String>("word").await;
    Ok(format!("{first} {}", ctx.event::<String>("word").await))
}

#[test]
fn an_activity_that_ends_within_the_grace_is_committed_and_does_not_run_again() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(one_task, "quick".to_owned()).await.unwrap();
        cluster.probe.seen("quick begins", 1).await;
        first.ask_to_stop();
        let late = cluster.client.start(one_task, "late".to_owned()).await.unwrap();
        cluster.probe.open("quick");
        first.stop().await;
        assert!(cluster.workers().await.is_empty());
        assert_eq!(
            cluster.probe.notes(),
            ["quick begins", "quick ends"],
            "nothing new is fetched"
        );
        let second = cluster.worker("second", |_| {}).await;
        assert_eq!(run.wait().await.unwrap(), 0);
        cluster.probe.open("late");
        assert_eq!(late.wait().await.unwrap(), 0);
        second.stop().await;
        assert_eq!(cluster.probe.count("quick begins"), 1);
    });
}

#[test]
fn results_that_come_while_a_commit_is_under_way_are_not_lost_at_shutdown() {
    run(async {
        let cluster = Cluster::new();
        for round in 0..20 {
            let first = cluster.worker(&format!("first-{round}"), |_| {}).await;
            let name = format!("burst {round}");
            let run = cluster.client.start(many_tasks, name.clone()).await.unwrap();
            cluster.probe.seen(&format!("{name} begins"), 16).await;
            first.ask_to_stop();
            cluster.probe.open(&name);
            first.stop().await;
            let second = cluster.worker(&format!("second-{round}"), |_| {}).await;
            assert_eq!(run.wait().await.unwrap(), 0, "none was handed out twice");
            second.stop().await;
        }
    });
}

#[orchestrator]
async fn many_tasks(ctx: OrchestrationContext, name: String) -> Result<u32, CallError<Failure>> {
    let parts = ctx.join_all((0..16).map(|_| ctx.call(task, name.clone()))).await;
    parts.into_iter().try_fold(0, |sum, part| Ok(sum + part?))
}

#[test]
fn an_activity_that_outlasts_the_grace_sees_its_token_and_is_given_to_another_worker() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster
            .worker("first", |own| own.shutdown_grace = seconds(5))
            .await;
        let stuck = cluster.client.start(one_task, "stuck".to_owned()).await.unwrap();
        let stubborn = cluster.client.start(one_stubborn, ()).await.unwrap();
        cluster.probe.seen("stuck begins", 1).await;
        cluster.probe.seen("stubborn begins", 1).await;
        let second = cluster.worker("second", |_| {}).await;
        cluster.probe.open("stuck");
        first.ask_to_stop();
        let stopping = tokio::spawn(first.stop());
        while !stopping.is_finished() {
            tokio::task::yield_now().await;
            cluster.clock.advance_to_next();
        }
        stopping.await.unwrap();
        cluster.probe.seen("stubborn was cancelled", 1).await;
        assert_eq!(stuck.wait().await.unwrap(), 1);
        assert_eq!(stubborn.wait().await.unwrap(), 1);
        cluster.probe.open("stubborn");
        second.stop().await;
    });
}

#[test]
fn a_stopped_worker_s_instances_go_on_elsewhere_without_waiting_for_a_lease() {
    run(async {
        let cluster = Cluster::new();
        let begin = cluster.clock.clone();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(two_words, ()).await.unwrap();
        run.raise_event("word", &"hello").await.unwrap();
        cluster.hub.settled().await;
        let before = durable::Clock::now(&begin);
        first.stop().await;
        let second = cluster.worker("second", |_| {}).await;
        run.raise_event("word", &"world").await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "hello world");
        assert_eq!(durable::Clock::now(&cluster.clock), before, "no time went by");
        second.stop().await;
    });
}

#[test]
fn instances_are_handed_over_while_the_stopping_worker_still_waits_for_an_activity() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let waiting = cluster.client.start(two_words, ()).await.unwrap();
        let busy = cluster.client.start(one_task, "long".to_owned()).await.unwrap();
        cluster.probe.seen("long begins", 1).await;
        waiting.wait_until(|record| record.event_count > 0).await.unwrap();
        first.ask_to_stop();
        let second = cluster.worker("second", |_| {}).await;
        for word in ["still", "going"] {
            waiting.raise_event("word", &word).await.unwrap();
        }
        assert_eq!(waiting.wait().await.unwrap(), "still going");
        assert_eq!(cluster.workers().await.len(), 2, "the first has not left yet");
        cluster.probe.open("long");
        first.stop().await;
        assert_eq!(busy.wait().await.unwrap(), 0);
        assert_eq!(cluster.probe.count("long begins"), 1);
        second.stop().await;
    });
}

#[test]
fn a_dropped_worker_leaves_no_activity_running() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(one_task, "orphan".to_owned()).await.unwrap();
        cluster.probe.seen("orphan begins", 1).await;
        first.vanish().await;
        // A run that went on would wait at its gate for ever.
        cluster.probe.nobody_waits().await;
        cluster.clock.advance(cluster.hub.lease());
        assert_eq!(cluster.workers().await, []);
        let second = cluster.worker("second", |_| {}).await;
        cluster.probe.open("orphan");
        assert_eq!(run.wait().await.unwrap(), 1);
        assert_eq!(cluster.probe.count("orphan ends"), 1);
        second.stop().await;
    });
}

#[orchestrator]
async fn fickle(ctx: OrchestrationContext, (): ()) -> Result<u32, CallError<Failure>> {
    match ctx
        .select((ctx.call(stubborn, ()), ctx.event::<u32>("never mind")))
        .await
    {
        First(result) => result,
        Second(n) => Ok(n),
    }
}

#[test]
fn an_activity_that_is_cancelled_while_its_worker_stops_sees_its_token() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(fickle, ()).await.unwrap();
        cluster.probe.seen("stubborn begins", 1).await;
        first.ask_to_stop();
        let second = cluster.worker("second", |_| {}).await;
        run.raise_event("never mind", &7).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 7);
        cluster.probe.seen("stubborn was cancelled", 1).await;
        cluster.probe.open("stubborn");
        first.stop().await;
        second.stop().await;
    });
}
