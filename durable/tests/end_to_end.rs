//! Whole programs on the hub in memory: macros, client, worker and engine together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails the test"
)]

use std::sync::Arc;
use std::time::Duration;

use durable::client::Client;
use durable::hub::TaskHub;
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::{CancelToken, SystemClock, Worker, WorkerError};
use durable_testkit::MemoryHub;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
struct Order {
    id: String,
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Receipt {
    text: String,
}

#[activity(retry(max_attempts = 3, backoff = "1ms..10ms"))]
async fn charge(ctx: ActivityContext, order: Order) -> Result<Receipt, Failure> {
    if ctx.info().attempt < 2 {
        return Err(Failure::of_kind("Busy", "the bank is busy"));
    }
    Ok(Receipt {
        text: format!("{} paid {}", order.id, order.cents),
    })
}

#[orchestrator(version = "1", superseded)]
async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<Receipt, Failure> {
    Ok(ctx.call(charge, order).await?)
}

#[orchestrator(version = "2")]
async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<Receipt, Failure> {
    match ctx
        .select((ctx.event::<bool>("approval"), ctx.timer(days(3))))
        .await
    {
        First(true) => Ok(ctx.call(charge, order).await?),
        First(false) => Err(Failure::new("declined")),
        Second(()) => Err(Failure::new("expired")),
    }
}

#[activity]
async fn square(_ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

#[orchestrator]
async fn sum_of_squares(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let parts = ctx.join_all((0..n).map(|n| ctx.call(square, n))).await;
    parts.into_iter().try_fold(0, |sum, part| Ok(sum + part?))
}

#[orchestrator]
async fn counter(ctx: OrchestrationContext, count: u64) -> Result<u64, Failure> {
    if count == 5 {
        return Ok(count);
    }
    ctx.timer(Duration::from_millis(1)).await;
    ctx.continue_as_new(count + 1).await
}

#[orchestrator]
async fn parent(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let (a, b) = ctx
        .join((ctx.call(sum_of_squares, n), ctx.call(counter, 3)))
        .await;
    Ok(a? + b?)
}

struct Process {
    client: Client,
    stop: CancelToken,
    task: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl Process {
    fn start() -> Self {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::new(Arc::new(SystemClock)));
        let registry = Arc::new(Registry::collected().unwrap());
        let client = Client::with_registry(Arc::clone(&hub), Arc::clone(&registry), DefaultVersions::new());
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(hub, registry);
        let task = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        Self { client, stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(1), test)
            .await
            .expect("the test must end")
    })
}

#[test]
fn an_orchestrator_waits_for_an_event_and_calls_an_activity_with_retries() {
    run(async {
        let process = Process::start();
        let order = Order {
            id: "order-1".into(),
            cents: 995,
        };
        let run = process.client.start(checkout, order).id("order-1").await.unwrap();
        run.raise_event("approval", &true).await.unwrap();
        assert_eq!(run.wait().await.unwrap().text, "order-1 paid 995");
        assert_eq!(run.status().await.unwrap().version.to_string(), "2");
        process.stop().await;
    });
}

#[test]
fn a_pinned_handle_starts_the_older_version() {
    run(async {
        let process = Process::start();
        let order = Order {
            id: "order-2".into(),
            cents: 5,
        };
        let run = process.client.start(checkout_v1, order).await.unwrap();
        assert_eq!(run.wait().await.unwrap().text, "order-2 paid 5");
        assert_eq!(run.status().await.unwrap().version.to_string(), "1");
        process.stop().await;
    });
}

#[test]
fn fan_out_fan_in_sub_orchestrations_and_continue_as_new_work_together() {
    run(async {
        let process = Process::start();
        let run = process.client.start(parent, 20).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), (0..20).map(|n| n * n).sum::<u64>() + 5);
        process.stop().await;
    });
}
