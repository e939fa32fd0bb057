//! The short ways are taken: as few commits as the model allows, and no reads of what is known.

use std::sync::Arc;

use durable::client::Client;
use durable::hub::TaskHub;
use durable::prelude::*;
use durable::registry::DefaultVersions;
use durable::{CancelToken, Worker};
use durable_testkit::{MemoryHub, OperationKind, RecordingHub};

use crate::support::{Probe, registry, run};

#[activity]
async fn passes_on(_ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    Ok(n)
}

#[orchestrator]
async fn one_after_the_other(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for n in 0..n {
        sum += ctx.call(passes_on, n).await?;
    }
    Ok(sum)
}

/// Runs an instance of `n` activities, and returns what the worker asked of the hub meanwhile.
async fn asked(n: u64) -> Vec<(OperationKind, Option<String>)> {
    let memory = MemoryHub::default();
    let recording = RecordingHub::new(Arc::new(memory.clone()));
    let (hub, registry): (Arc<dyn TaskHub>, _) = (recording.hub(), Arc::new(registry()));
    let stop = CancelToken::new();
    let stopped = stop.clone();
    let worker = Worker::with_registry(Arc::clone(&hub), Arc::clone(&registry)).state(Probe::default());
    let worker = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
    memory.worker_joined().await;
    let client = Client::with_registry(hub, registry, DefaultVersions::new());
    recording.clear();
    let run = client.start(one_after_the_other, n).await.unwrap();
    assert_eq!(run.wait().await.unwrap(), (0..n).sum::<u64>());
    // An operation is written down after it took effect: when the worker has ended, all are.
    stop.cancel();
    worker.await.unwrap().unwrap();
    let log = recording.log().into_iter().map(|it| it.operation);
    log.filter(|operation| operation.worker.is_some() && operation.kind != OperationKind::Leave)
        .map(|operation| (operation.kind, operation.subject))
        .collect()
}

#[test]
fn a_result_its_turn_and_the_next_call_are_one_commit_and_nothing_is_read_or_fetched() {
    run(async {
        let first = (
            OperationKind::Commit,
            Some("5 events, 1 outgoing, 0 completions".to_owned()),
        );
        let step = (
            OperationKind::Commit,
            Some("4 events, 1 outgoing, 1 completions".to_owned()),
        );
        let last = (
            OperationKind::Commit,
            Some("4 events, 0 outgoing, 1 completions".to_owned()),
        );
        for n in [1, 20] {
            let mut log = asked(n).await;
            // Written down when it has ended, which may be after the first commit.
            let fetch = log
                .iter()
                .position(|(kind, _)| *kind == OperationKind::FetchTurns);
            log.remove(fetch.expect("the start was fetched"));
            let mut expected = vec![first.clone()];
            expected.extend(std::iter::repeat_n(step.clone(), usize::try_from(n).unwrap() - 1));
            expected.push(last.clone());
            assert_eq!(log, expected);
        }
    });
}
