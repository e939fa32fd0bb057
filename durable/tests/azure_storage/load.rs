//! A load that shows what faults do: every kind of message, with results that tell what was lost or taken twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable::client::Client;
use durable::hub::InstanceStatus;
use durable::prelude::*;
use durable::registry::Registry;

use crate::checker::Snapshot;

/// How many instances run at once, and how many mails each of them gets.
const INSTANCES: u32 = 8;
const MAILS: u32 = 5;

/// The idempotency key of each run of an activity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<String>>>);

impl Runs {
    /// Notes a run.
    pub(crate) fn note(&self, ctx: &ActivityContext) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push(ctx.idempotency_key().clone());
    }

    /// Returns all runs so far.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[activity]
async fn double(ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    ctx.state::<Runs>().note(&ctx);
    Ok(2 * n)
}

#[orchestrator]
async fn fourfold(ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    let n = ctx.call(double, n).await?;
    Ok(ctx.call(double, n).await?)
}

/// Returns the mails in the order in which they came, and eight times its input.
#[orchestrator]
async fn postbox(ctx: OrchestrationContext, n: u32) -> Result<(Vec<u32>, u32), Failure> {
    let mut mails = Vec::new();
    while mails.len() < 5 {
        mails.push(ctx.event::<u32>("mail").await);
    }
    ctx.timer(Duration::from_millis(50)).await;
    let (one, other) = ctx.join((ctx.call(fourfold, n), ctx.call(double, n))).await;
    other?;
    let all = ctx.call(double, one?).await?;
    Ok((mails, all))
}

/// Runs the load to its end and checks what is left: all results, and the invariants of all histories.
pub(crate) async fn run(client: &Client, runs: &Runs) {
    let mut tasks = Vec::new();
    for n in 0..INSTANCES {
        let client = client.clone();
        tasks.push(tokio::spawn(async move { one(&client, n).await }));
    }
    let mut starts = Vec::new();
    for task in tasks {
        starts.push(task.await.unwrap());
    }
    let snapshot = Snapshot::read(client).await.unwrap();
    assert_eq!(
        snapshot.0.len(),
        2 * INSTANCES as usize,
        "no instance more or less was started"
    );
    let mut findings = snapshot.check(&Registry::collected().unwrap());
    snapshot.check_starts(&starts, &mut findings);
    snapshot.check_runs(&runs.keys(), &mut findings);
    assert!(findings.violations.is_empty(), "{:#?}", findings.violations);
}

async fn one(client: &Client, n: u32) -> (durable::InstanceId, durable::ExecutionId) {
    let key = format!("postbox-{n}");
    let run = client
        .start(postbox, n)
        .id(&key)
        .idempotency_key(&key)
        .await
        .unwrap();
    for mail in 0..MAILS {
        run.raise_event("mail", &mail).await.unwrap();
    }
    let (mails, all) = run.wait().await.unwrap();
    assert_eq!(
        mails,
        (0..MAILS).collect::<Vec<_>>(),
        "each mail once, and in its order"
    );
    assert_eq!(all, 8 * n);
    assert_eq!(run.status().await.unwrap().status, InstanceStatus::Completed);
    (run.id().clone(), run.execution().unwrap().clone())
}
