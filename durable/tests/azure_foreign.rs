//! Programs of this crate and of the Durable Task Framework's wire format on one hub: each starts what the other runs.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use durable::hub::{InstanceStatus, Signal};
use durable::prelude::*;
use durable::{EventName, Payload};
use durable_testazure::foreign::{Columns, ForeignClient, ForeignHub, ForeignWorker};
use durable_testazure::{fresh_name, shared};

const PARTITIONS: u32 = 4;
const LIMIT: Duration = Duration::from_secs(30);

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    let more: String = ctx.event("more").await;
    Ok(ctx.call(greet, format!("{name} and {more}")).await?)
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().unwrap().block_on(test);
}

fn column<'a>(row: &'a Columns, name: &str) -> &'a str {
    row.get(name)
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
}

#[test]
fn a_foreign_client_starts_signals_and_terminates_what_this_worker_runs() {
    let Some(azurite) = shared().unwrap() else { return };
    on_a_runtime(async {
        let name = fresh_name("foreign");
        let options = AzureHub::at(&azurite.connection_string(), &name)
            .partitions(PARTITIONS)
            .longest_polling_pause(Duration::from_millis(200));
        let app = App::new(options).start().await.unwrap();
        let client = ForeignClient::new(ForeignHub::new(azurite.account(), &name, PARTITIONS));
        client.start("order-1", "hello", "\"world\"").await.unwrap();
        client.raise("order-1", "more", "\"moon\"").await.unwrap();
        let row = client
            .wait_for("order-1", &["Completed", "Failed"], LIMIT)
            .await
            .unwrap();
        assert_eq!(column(&row, "RuntimeStatus"), "Completed");
        assert_eq!(column(&row, "Output"), "\"Hello, world and moon!\"");
        client.start("order-2", "hello", "\"nobody\"").await.unwrap();
        client.terminate("order-2", "not needed").await.unwrap();
        let row = client.wait_for("order-2", &["Terminated"], LIMIT).await.unwrap();
        assert_eq!(column(&row, "Output"), "not needed");
        // Others may see the row a moment before this node has taken note of it.
        let record = app
            .client()
            .instance("order-2")
            .unwrap()
            .wait_ended()
            .await
            .unwrap();
        assert_eq!(record.status, InstanceStatus::Terminated);
        app.shutdown().await.unwrap();
    });
}

#[test]
fn a_foreign_worker_runs_what_this_client_starts() {
    let Some(azurite) = shared().unwrap() else { return };
    on_a_runtime(async {
        let name = fresh_name("foreign");
        let hub = AzureHub::at(&azurite.connection_string(), &name).partitions(PARTITIONS);
        let hub: std::sync::Arc<dyn durable::hub::TaskHub> = std::sync::Arc::new(hub.open().await.unwrap());
        let worker = ForeignWorker::new(ForeignHub::new(azurite.account(), &name, PARTITIONS), "foreign");
        let worker = tokio::spawn(worker.run());
        let client = Client::new(std::sync::Arc::clone(&hub)).unwrap();
        let run = client.start(hello, "x".to_owned()).id("order-1").await.unwrap();
        let id = run.id().clone();
        let (event, input) = (
            EventName::new("Approved").unwrap(),
            Payload::from_json("true").unwrap(),
        );
        hub.signal(&id, Signal::Event { name: event, input })
            .await
            .unwrap();
        let record = hub.wait_ended(&id, None).await.unwrap();
        assert_eq!(record.status, InstanceStatus::Completed, "{record:?}");
        let output: serde_json::Value = record.output_as().unwrap().unwrap();
        assert_eq!(output, serde_json::json!([{"receipt": "x"}, true]));
        let history = hub.history(&id, None).await.unwrap().unwrap();
        assert!(history.events.len() > 4, "{history:?}");
        worker.abort();
    });
}
