//! The smallest program on the hub in an Azure Storage account, with the real worker and client, and what it costs.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use durable::azure::AzureHub;
use durable::prelude::*;
use durable_testazure::{fresh_name, shared};

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

#[orchestrator]
async fn nap(ctx: OrchestrationContext, millis: u64) -> Result<String, Failure> {
    ctx.timer(Duration::from_millis(millis)).await;
    Ok(ctx.call(hello, "sleeper".to_owned()).await?)
}

/// How many instances are counted.
const RUNS: u64 = 10;
/// The operations that belong to instances. The partition table is looked at, too, by queries.
const OF_AN_INSTANCE: [&str; 6] = [
    "put message",
    "delete message",
    "insert entity",
    "merge entity",
    "get entity",
    "entity transaction",
];

fn counts(hub: &AzureHub) -> BTreeMap<&'static str, u64> {
    let counts = hub.operations().counts().into_iter();
    counts.map(|count| (count.operation, count.requests)).collect()
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

#[test]
fn a_program_runs_on_an_azure_storage_account() {
    on_a_runtime(async {
        let Some(azurite) = shared().unwrap() else { return };
        let hub = AzureHub::at(&azurite.connection_string(), &fresh_name("hello"));
        let app = App::new(hub).start().await.unwrap();
        let run = app.client().start(hello, "world".to_owned()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "Hello, world!");
        let run = app.client().start(nap, 50).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "Hello, sleeper!");
        app.shutdown().await.unwrap();
    });
}

/// The Durable Task Framework's own count for the same instance is 17 or more: start 3, first turn 5 (get, load, put, history,
/// row) and a removal, activity 3, second turn 4 and a removal.
#[test]
fn a_hello_costs_ten_operations() {
    on_a_runtime(async {
        let Some(azurite) = shared().unwrap() else { return };
        let hub = AzureHub::at(&azurite.connection_string(), &fresh_name("cost"))
            .open()
            .await
            .unwrap();
        let app = App::new(Opened(hub.clone())).start().await.unwrap();
        let first = app.client().start(hello, "first".to_owned()).await.unwrap();
        first.wait().await.unwrap();
        let before = counts(&hub);
        for number in 0..RUNS {
            let run = app.client().start(hello, number.to_string()).await.unwrap();
            run.wait().await.unwrap();
        }
        // Removals are not waited for.
        app.shutdown().await.unwrap();
        let after = counts(&hub);
        let spent: BTreeMap<_, _> = (OF_AN_INSTANCE.iter())
            .map(|operation| {
                (
                    *operation,
                    after.get(operation).unwrap_or(&0) - before.get(operation).unwrap_or(&0),
                )
            })
            .collect();
        assert!(spent.values().sum::<u64>() <= 10 * RUNS, "{spent:?}");
        // The start and the activity. Those of the run before may be counted, too.
        assert!(
            spent["delete message"] <= 2 * RUNS + 2,
            "each message is removed once: {spent:?}"
        );
        // Had a history been read for each instance, there were as many at least.
        let queries = |counts: &BTreeMap<_, u64>| counts.get("query entities").copied().unwrap_or_default();
        assert!(queries(&after) - queries(&before) < RUNS, "{after:?}");
    });
}

/// A hub that is open already, as the hub of an app.
#[derive(Debug)]
struct Opened(AzureHub);

impl durable::hub::DescribesHub for Opened {
    fn open(
        &self,
        _access: durable::hub::Access,
    ) -> durable::hub::HubFuture<'_, std::sync::Arc<dyn durable::hub::TaskHub>> {
        let hub: std::sync::Arc<dyn durable::hub::TaskHub> = std::sync::Arc::new(self.0.clone());
        Box::pin(std::future::ready(Ok(hub)))
    }

    fn place(&self) -> String {
        "an open hub".to_owned()
    }
}
