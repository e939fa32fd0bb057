//! Shared state.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable::prelude::*;
use durable::registry::{Registration, Registry};
use durable::{AppError, WorkerError};
use durable_testkit::TestApp;

use crate::support::{Probe, registry, run};

struct Till(AtomicU32);

mod lacking {
    use super::Till;
    use durable::prelude::*;

    #[activity]
    async fn ring_up(ctx: ActivityContext, cents: u32) -> Result<u32, Failure> {
        let till = ctx.state::<Till>();
        Ok(till.0.fetch_add(cents, std::sync::atomic::Ordering::SeqCst) + cents)
    }

    #[orchestrator]
    pub(super) async fn sell(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        Ok(ctx.call(ring_up, cents).await?)
    }
}

fn only_lacking() -> Registry {
    Registry::collected_where(|row: &Registration| row.place.module.ends_with("state::lacking")).unwrap()
}

#[test]
fn activities_share_the_state_that_the_app_was_given() {
    let app = TestApp::with_registry(only_lacking()).state(Till(AtomicU32::new(100)));
    app.run(async |app| {
        let run = app.start(lacking::sell, 5).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 105);
        app.crash().await;
        let run = app.start(lacking::sell, 5).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 110);
    });
}

#[test]
fn an_app_that_lacks_state_is_refused_at_start_up_naming_activity_and_type() {
    run(async {
        let app = App::new(InMemory(durable_testkit::MemoryHub::default())).registry(only_lacking());
        // Without waiting for anybody to ask it to stop.
        let error = app.run().await.unwrap_err();
        assert!(
            matches!(error, AppError::Worker(WorkerError::Registry(_))),
            "{error:?}"
        );
        let text = error.to_string();
        for part in ["ring_up", "Till", "state.rs", ".state("] {
            assert!(text.contains(part), "`{part}` is missing: {text}");
        }
    });
}

#[test]
fn a_worker_that_lacks_state_is_refused_before_it_joins() {
    run(async {
        let hub = durable_testkit::MemoryHub::default();
        let worker = durable::Worker::with_registry(Arc::new(hub.clone()), Arc::new(only_lacking()));
        let error = worker.run_until(std::future::pending()).await.unwrap_err();
        assert!(matches!(error, WorkerError::Registry(_)), "{error:?}");
        let workers = durable::hub::ManagementQueries::workers(&hub).await.unwrap();
        assert!(workers.is_empty());
    });
}

#[test]
fn a_worker_of_functions_that_need_no_state_starts_without() {
    let app = TestApp::with_registry(registry()).state(Probe::default());
    app.run(async |app| app.settle().await);
    assert_eq!(Till(AtomicU32::new(1)).0.load(Ordering::SeqCst), 1);
}

/// A hub in memory, for an app.
#[derive(Debug)]
struct InMemory(durable_testkit::MemoryHub);

impl durable::hub::DescribesHub for InMemory {
    fn open(&self, _: durable::hub::Access) -> durable::hub::HubFuture<'_, Arc<dyn durable::hub::TaskHub>> {
        let hub: Arc<dyn durable::hub::TaskHub> = Arc::new(self.0.clone());
        Box::pin(async move { Ok(hub) })
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
