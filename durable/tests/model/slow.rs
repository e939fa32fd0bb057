//! A hub that is slower than those who use it: callers wait, memory stays bounded, and nothing is lost.

use std::sync::Arc;

use durable::client::{Client, ClientError};
use durable::hub::{InstanceStatus, TaskHub};
use durable::prelude::*;
use durable::registry::DefaultVersions;
use durable::worker::WorkerOptions;
use durable::{CancelToken, Worker, WorkerError};
use durable_testkit::{MemoryHub, OperationKind, SlowHub};

use crate::support::{Probe, registry, run};

#[activity]
async fn released(ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    let probe = ctx.state::<Probe>();
    probe.note("begins");
    probe.gate(if n == 0 { "first" } else { "others" }).await;
    probe.note("ends");
    Ok(n)
}

#[orchestrator]
async fn awaits_all(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let calls: Vec<_> = (0..n).map(|n| ctx.call(released, n)).collect();
    let mut sum = 0;
    for result in ctx.join_all(calls).await {
        sum += result?;
    }
    Ok(sum)
}

#[orchestrator]
async fn needs_nothing(_ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    Ok(n)
}

/// A worker on a slow hub.
struct Stage {
    slow: SlowHub,
    memory: MemoryHub,
    client: Client,
    probe: Probe,
    stop: CancelToken,
    worker: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl Stage {
    async fn set(change: impl FnOnce(&mut WorkerOptions)) -> Self {
        let memory = MemoryHub::default();
        let slow = SlowHub::new(Arc::new(memory.clone()));
        let (hub, registry): (Arc<dyn TaskHub>, _) = (slow.hub(), Arc::new(registry()));
        let (probe, stop) = (Probe::default(), CancelToken::new());
        let stopped = stop.clone();
        let worker = Worker::with_registry(Arc::clone(&hub), Arc::clone(&registry)).state(probe.clone());
        let worker = worker
            .options(change)
            .run_until(async move { stopped.cancelled().await });
        let stage = Self {
            slow,
            memory: memory.clone(),
            client: Client::with_registry(hub, registry, DefaultVersions::new()),
            probe,
            stop,
            worker: tokio::spawn(worker),
        };
        memory.worker_joined().await;
        stage
    }

    async fn strike(self) {
        self.stop.cancel();
        self.worker.await.unwrap().unwrap();
    }
}

#[test]
fn results_that_come_during_a_commit_are_carried_together_by_the_next() {
    run(async {
        let stage = Stage::set(|_| {}).await;
        let run = stage.client.start(awaits_all, 40).await.unwrap();
        stage.probe.seen("begins", 40).await;
        let tasks = tokio::runtime::Handle::current().metrics();
        let others = tasks.num_alive_tasks() - 40;
        stage.slow.hold(OperationKind::Commit);
        stage.probe.open("first");
        stage.slow.until_held(1).await;
        stage.probe.open("others");
        // The task of an activity ends when its result is with the turn thread, and that is ahead of the commit's answer.
        while tasks.num_alive_tasks() > others {
            tokio::task::yield_now().await;
        }
        let held: Vec<_> = stage
            .slow
            .held()
            .into_iter()
            .filter_map(|it| it.subject)
            .collect();
        assert_eq!(
            held.len(),
            1,
            "one commit of an instance is under way at a time: {held:?}"
        );
        assert!(held[0].ends_with(", 1 completions"), "{held:?}");
        let before = run.status().await.unwrap().event_count;
        stage.slow.release();
        assert_eq!(run.wait().await.unwrap(), (0..40).sum::<u64>());
        let history = run.history().await.unwrap().events;
        let turns = (history[usize::try_from(before).unwrap()..].iter())
            .filter(|event| matches!(event.kind, durable::history::EventKind::OrchestratorStarted));
        let turns = turns.count();
        assert!(turns <= 5, "39 results made {turns} turns");
        stage.strike().await;
    });
}

#[test]
fn a_worker_takes_no_more_turns_than_it_may_while_its_commits_wait() {
    run(async {
        let stage = Stage::set(|options| options.max_concurrent_turns = 8).await;
        stage.slow.hold(OperationKind::Commit);
        let starts = (0..200).map(|n| stage.client.start(needs_nothing, n));
        let runs: Vec<_> = stage.client.start_many(starts).await;
        assert_eq!(runs.iter().filter(|run| run.is_ok()).count(), 200);
        stage.slow.until_held(1).await;
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        let all = stage.client.query().all().await.unwrap();
        let owned = all.iter().filter(|record| record.owner.is_some()).count();
        assert!((1..=8).contains(&owned), "{owned} instances were taken");
        stage.slow.release();
        for (n, run) in (0..).zip(runs) {
            assert_eq!(run.unwrap().wait().await.unwrap(), n);
        }
        stage.strike().await;
    });
}

#[test]
fn a_batch_start_waits_for_the_disk_and_loses_nothing() {
    run(async {
        let stage = Stage::set(|_| {}).await;
        stage.slow.hold(OperationKind::Start);
        let client = stage.client.clone();
        let starting = tokio::spawn(async move {
            let starts = (0..2_500).map(|n| client.start(needs_nothing, n).id(format!("o-{n}")));
            client.start_many(starts).await
        });
        stage.slow.until_held(1_000).await;
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            stage.slow.held().len(),
            1_000,
            "the next group waits until this one is stored"
        );
        stage.slow.release();
        let started: Result<Vec<_>, ClientError> = starting.await.unwrap().into_iter().collect();
        assert_eq!(started.unwrap().len(), 2_500);
        stage.memory.settled().await;
        let completed = stage.client.query().status(InstanceStatus::Completed);
        assert_eq!(completed.all().await.unwrap().len(), 2_500);
        stage.strike().await;
    });
}
