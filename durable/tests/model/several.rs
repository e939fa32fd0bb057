//! Several hubs and several workers in one process.

use durable::prelude::*;

use crate::support::{Cluster, Probe, run};

#[activity]
async fn sign(ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    ctx.state::<Probe>().note("signed");
    Ok(n)
}

#[orchestrator]
async fn petition(ctx: OrchestrationContext, count: u32) -> Result<u32, Failure> {
    let mut sum = 0;
    for n in 0..count {
        sum += ctx.call(sign, n).await?;
    }
    Ok(sum)
}

#[test]
fn two_hubs_in_one_process_know_nothing_of_each_other() {
    run(async {
        let (one, other) = (Cluster::new(), Cluster::new());
        let workers = [
            one.worker("worker", |_| {}).await,
            other.worker("worker", |_| {}).await,
        ];
        let here = one.client.start(petition, 3).id("same-id").await.unwrap();
        let there = other.client.start(petition, 5).id("same-id").await.unwrap();
        assert_eq!(here.wait().await.unwrap(), 3);
        assert_eq!(there.wait().await.unwrap(), 10);
        assert_eq!((one.probe.count("signed"), other.probe.count("signed")), (3, 5));
        for worker in workers {
            worker.stop().await;
        }
    });
}

#[test]
fn several_workers_share_one_hub_and_each_activity_runs_once() {
    run(async {
        let cluster = Cluster::new();
        let mut workers = Vec::new();
        for name in ["one", "two", "three"] {
            let limits = |own: &mut durable::worker::WorkerOptions| {
                (own.max_concurrent_turns, own.max_concurrent_activities) = (2, 2);
            };
            workers.push(cluster.worker(name, limits).await);
        }
        let mut runs = Vec::new();
        for _ in 0..30 {
            runs.push(cluster.client.start(petition, 4).await.unwrap());
        }
        for (n, run) in runs.iter().enumerate() {
            assert_eq!(run.wait().await.unwrap(), 6);
            if n == 5
                && let Some(worker) = workers.pop()
            {
                worker.stop().await;
            }
        }
        assert_eq!(cluster.probe.count("signed"), 120);
        for worker in workers {
            worker.stop().await;
        }
    });
}

#[test]
fn a_crashed_worker_s_instances_go_on_at_its_colleague() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let mut runs = Vec::new();
        for _ in 0..20 {
            runs.push(cluster.client.start(petition, 10).await.unwrap());
        }
        cluster.probe.seen("signed", 30).await;
        let second = cluster.worker("second", |_| {}).await;
        first.crash().await;
        for run in runs {
            assert_eq!(run.wait().await.unwrap(), 45);
        }
        second.stop().await;
    });
}

#[activity(blocking)]
fn occupy(ctx: ActivityContext, (): ()) -> Result<u32, Failure> {
    let probe = ctx.state::<Probe>();
    probe.note("occupied");
    if ctx.info().deliveries == 0 {
        tokio::runtime::Handle::current().block_on(probe.gate("free"));
    }
    Ok(ctx.info().deliveries)
}

#[orchestrator]
async fn occupying(ctx: OrchestrationContext, (): ()) -> Result<u32, Failure> {
    Ok(ctx.call(occupy, ()).await?)
}

/// Opens a gate at the end of a test, even of one that fails: a thread that is occupied hinders the end of the runtime.
struct Freed<'a>(&'a Probe);

impl Drop for Freed<'_> {
    fn drop(&mut self) {
        self.0.open("free");
    }
}

/// Nothing can end a thread that runs an activity, and it holds what it was given.
#[test]
fn a_dropped_worker_s_lease_runs_out_although_its_activity_runs_on() {
    run(async {
        let cluster = Cluster::new();
        let _freed = Freed(&cluster.probe);
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(occupying, ()).await.unwrap();
        cluster.probe.seen("occupied", 1).await;
        first.vanish().await;
        let second = cluster.worker("second", |_| {}).await;
        cluster.clock.advance(cluster.hub.lease());
        assert_eq!(run.wait().await.unwrap(), 1);
        second.stop().await;
    });
}
