//! An idle worker asks the hub for nothing.

use std::sync::Arc;

use durable::client::Client;
use durable::hub::TaskHub;
use durable::prelude::*;
use durable::registry::DefaultVersions;
use durable::{CancelToken, Worker};
use durable_testkit::{ManualClock, MemoryHub, OperationKind, RecordingHub};

use crate::support::{Probe, registry, run};

#[orchestrator]
async fn long_wait(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    ctx.timer(days(400)).await;
    Ok(())
}

#[test]
fn a_year_without_work_costs_no_operation_and_a_timer_costs_one_turn() {
    run(async {
        let clock = ManualClock::new();
        let hub = MemoryHub::new(Arc::new(clock.clone()));
        let recording = RecordingHub::new(Arc::new(hub.clone()));
        let shared: Arc<dyn TaskHub> = recording.hub();
        let registry = Arc::new(registry());
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker =
            Worker::with_registry(Arc::clone(&shared), Arc::clone(&registry)).state(Probe::default());
        let worker = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        let client = Client::with_registry(shared, registry, DefaultVersions::new());
        hub.worker_joined().await;
        let run = client.start(long_wait, ()).await.unwrap();
        // An operation is written down after it took effect.
        while recording.count(OperationKind::Commit) == 0 {
            tokio::task::yield_now().await;
        }
        hub.settled().await;
        recording.clear();
        for _ in 0..365 {
            clock.advance(days(1));
            // Whoever slept until now has every chance to run.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        hub.settled().await;
        assert_eq!(recording.log(), [], "a year without work");
        clock.advance(days(35));
        run.wait().await.unwrap();
        stop.cancel();
        worker.await.unwrap().unwrap();
        let turns = recording.count(OperationKind::FetchTurns);
        assert_eq!((turns, recording.count(OperationKind::Commit)), (1, 1));
    });
}
