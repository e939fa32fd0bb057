//! Our client and worker beside a foreign client and worker of the same wire format, which share no code with the hub.

use durable::client::RunError;
use durable::function::FunctionKind;
use durable::hub::InstanceStatus;
use durable::registry::Registry;
use durable_testazure::foreign::{Columns, ForeignClient, ForeignWorker};
use serde_json::{Value, json};

use crate::charge::{Bill, bill, process_order, result};
use crate::place::{Place, SOON, app_on, on_a_runtime, text};

/// Lets a foreign worker work beside the test.
fn work(client: &ForeignClient, name: &str) -> tokio::task::JoinHandle<std::io::Result<()>> {
    let worker = ForeignWorker::new(client.hub().clone(), name).visibility(10);
    tokio::spawn(worker.run())
}

fn declined() -> Bill {
    Bill {
        decline: true,
        ..bill(7)
    }
}

#[test]
fn what_our_client_starts_a_foreign_worker_runs() {
    on_a_runtime(async {
        let Some(place) = Place::new("ours") else { return };
        let foreign = place.foreign().await;
        let worker = work(&foreign, "foreign");
        let client = app_on(place.hub()).client().await.unwrap();

        let run = client.start(process_order, bill(5)).id("order^1").await.unwrap();
        run.wait_until(|record| record.status == InstanceStatus::Running)
            .await
            .unwrap();
        run.suspend("a break").await.unwrap();
        run.wait_until(|record| record.status == InstanceStatus::Suspended)
            .await
            .unwrap();
        run.resume("go on").await.unwrap();
        run.raise_event("Approved", &true).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), result(5));

        let run = client.start(process_order, declined()).await.unwrap();
        let Err(RunError::Failed(failure)) = run.wait().await.map(drop) else {
            panic!("it must fail with what the foreign activity said");
        };
        assert!(failure.to_string().contains("card declined"), "{failure}");

        let run = client.start(process_order, bill(9)).await.unwrap();
        run.terminate("enough").await.unwrap();
        let ended = run.wait_ended().await.unwrap();
        assert_eq!(ended.status, InstanceStatus::Terminated);
        let row = foreign.wait_for(run.id().as_str(), &["Terminated"], SOON).await;
        assert_eq!(text(&row.unwrap(), "Output"), "enough");
        assert!(
            !worker.is_finished(),
            "the foreign worker met nothing that it cannot read"
        );
        worker.abort();
    });
}

/// The types of the events, in their order.
fn kinds(history: &[Columns]) -> Vec<&str> {
    let kinds = history.iter().map(|row| text(row, "EventType"));
    kinds.filter(|kind| !kind.is_empty()).collect()
}

#[test]
fn what_a_foreign_client_starts_our_worker_runs() {
    on_a_runtime(async {
        let Some(place) = Place::new("theirs") else { return };
        let client = place.foreign().await;
        let app = app_on(place.hub()).start().await.unwrap();

        client
            .start("order-123", "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        client.wait_for("order-123", &["Running"], SOON).await.unwrap();
        client.suspend("order-123", "a break").await.unwrap();
        client.wait_for("order-123", &["Suspended"], SOON).await.unwrap();
        client.resume("order-123", "go on").await.unwrap();
        client.raise("order-123", "Approved", "true").await.unwrap();
        let row = client.wait_for("order-123", &["Completed"], SOON).await.unwrap();
        let output: (Value, Value) = serde_json::from_str(text(&row, "Output")).unwrap();
        assert_eq!(output, result(5));
        assert_eq!(text(&row, "Name"), "ProcessOrder");
        let history = client.hub().history("order-123").await.unwrap();
        let kinds = kinds(&history);
        for kind in [
            "OrchestratorStarted",
            "ExecutionStarted",
            "TaskScheduled",
            "TaskCompleted",
            "ExecutionSuspended",
            "ExecutionResumed",
            "EventRaised",
            "ExecutionCompleted",
        ] {
            assert!(kinds.contains(&kind), "{kinds:?}");
        }

        client
            .start("declined", "ProcessOrder", r#"{"total":5,"decline":true}"#)
            .await
            .unwrap();
        let row = client.wait_for("declined", &["Failed"], SOON).await.unwrap();
        assert!(text(&row, "Output").contains("card declined"), "{row:?}");

        client
            .start("unwanted", "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        client.wait_for("unwanted", &["Running"], SOON).await.unwrap();
        client.terminate("unwanted", "enough").await.unwrap();
        client.wait_for("unwanted", &["Terminated"], SOON).await.unwrap();

        // What is too large for a column is where others look for it.
        client
            .start("large", "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        let approved = json!("y".repeat(40_000));
        client
            .raise("large", "Approved", &approved.to_string())
            .await
            .unwrap();
        let row = client.wait_for("large", &["Completed"], SOON).await.unwrap();
        assert!(text(&row, "Output").starts_with("http"), "{row:?}");
        assert!(!row.contains_key("OutputBlobName"), "{row:?}");
        let record = app.client().instance("large").unwrap().status().await.unwrap();
        let output: (Value, Value) = record.output_as().unwrap().unwrap();
        assert_eq!(output.1, approved);

        // A blank version was resolved to ours, and what our own client sees is the same.
        let record = app
            .client()
            .instance("order-123")
            .unwrap()
            .status()
            .await
            .unwrap();
        assert_eq!(record.status, InstanceStatus::Completed);
        app.shutdown().await.unwrap();
    });
}

/// An instance in a partition that the foreign worker keeps when another node takes the first two of its four.
const THEIRS: &str = "order-123";

fn only(kind: FunctionKind) -> Registry {
    Registry::collected_where(|row| row.kind() == kind).unwrap()
}

/// Waits until the foreign worker and one of ours have two partitions each.
async fn until_shared(client: &ForeignClient) {
    loop {
        let rows = client.hub().partition_rows().await.unwrap();
        let of = |foreign: bool| {
            let owned = rows.iter().filter(|row| !text(row, "CurrentOwner").is_empty());
            owned
                .filter(|row| (text(row, "CurrentOwner") == "foreign") == foreign)
                .count()
        };
        if (of(true), of(false)) == (2, 2) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn our_worker_runs_the_activity_of_a_foreign_orchestration_and_the_other_way_round() {
    on_a_runtime(async {
        let Some(place) = Place::new("apart") else { return };
        let client = place.foreign().await;
        let mut episodes = ForeignWorker::new(client.hub().clone(), "foreign").visibility(10);
        episodes.run_episodes().await.unwrap();
        client
            .start(THEIRS, "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        while episodes.run_episodes().await.unwrap() == 0 {}
        // What waits now is the activity, with the array of its arguments as its input. The foreign worker runs none.
        let app = app_on(place.hub()).registry(only(FunctionKind::Activity));
        let app = app.start().await.unwrap();
        client.raise(THEIRS, "Approved", "true").await.unwrap();
        let row = loop {
            episodes.run_episodes().await.unwrap();
            let row = client.hub().instance(THEIRS).await.unwrap().unwrap();
            if text(&row, "RuntimeStatus") == "Completed" {
                break row;
            }
        };
        let output: (Value, Value) = serde_json::from_str(text(&row, "Output")).unwrap();
        assert_eq!(output, result(5));
        episodes.release().await.unwrap();
        app.shutdown().await.unwrap();

        // Now orchestrations are ours, and activities the foreign worker's alone.
        let app = app_on(place.hub()).registry(only(FunctionKind::Orchestrator));
        let app = app.start().await.unwrap();
        let run = app.client().start(process_order, bill(6)).await.unwrap();
        while episodes.run_activities().await.unwrap() == 0 {}
        run.raise_event("Approved", &true).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), result(6));
        app.shutdown().await.unwrap();
    });
}

#[test]
fn what_a_foreign_worker_has_begun_ours_ends() {
    on_a_runtime(async {
        let Some(place) = Place::new("begun") else {
            return;
        };
        let client = place.foreign().await;
        let mut episodes = ForeignWorker::new(client.hub().clone(), "foreign").visibility(10);
        episodes.run_episodes().await.unwrap();
        client
            .start(THEIRS, "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        while episodes.run_episodes().await.unwrap() == 0 {}
        // It has called its activity without a version and without keeping the input, and goes.
        episodes.release().await.unwrap();

        let app = app_on(place.hub()).start().await.unwrap();
        client.raise(THEIRS, "Approved", "true").await.unwrap();
        let row = client
            .wait_for(THEIRS, &["Completed", "Failed"], SOON)
            .await
            .unwrap();
        let output: Value = serde_json::from_str(text(&row, "Output")).unwrap();
        assert_eq!(output, json!(result(5)), "{row:?}");
        assert_eq!(text(&row, "Version"), "1.0", "its version is resolved");
        let history = client.hub().history(THEIRS).await.unwrap();
        let calls = kinds(&history)
            .into_iter()
            .filter(|kind| *kind == "TaskScheduled");
        assert_eq!(calls.count(), 1, "{history:?}");
        app.shutdown().await.unwrap();
    });
}

#[test]
fn both_kinds_of_workers_share_a_hub() {
    on_a_runtime(async {
        let Some(place) = Place::new("mixed") else { return };
        let foreign = place.foreign().await;
        let worker = work(&foreign, "foreign");
        let app = app_on(place.hub()).start().await.unwrap();
        let ours = app.client();
        until_shared(&foreign).await;

        let numbers = 0..24_u64;
        for number in numbers.clone() {
            let id = format!("order-{number}");
            if number % 2 == 0 {
                ours.start(process_order, bill(number)).id(&id).await.unwrap();
            } else {
                let input = json!({ "total": number }).to_string();
                foreign.start(&id, "ProcessOrder", &input).await.unwrap();
            }
        }
        for number in numbers.clone() {
            let id = format!("order-{number}");
            if number % 4 < 2 {
                foreign.raise(&id, "Approved", "true").await.unwrap();
            } else {
                ours.instance(&id)
                    .unwrap()
                    .raise_event("Approved", &true)
                    .await
                    .unwrap();
            }
        }
        for number in numbers {
            let id = format!("order-{number}");
            let row = foreign
                .wait_for(&id, &["Completed", "Failed"], SOON)
                .await
                .unwrap();
            let output: Value = serde_json::from_str(text(&row, "Output")).unwrap_or_default();
            assert_eq!(output, json!(result(number)), "{row:?}");
            let record = ours.instance(&id).unwrap().status().await.unwrap();
            assert_eq!(record.status, InstanceStatus::Completed, "{record:?}");
            let history = foreign.hub().history(&id).await.unwrap();
            let count = |kind: &str| kinds(&history).iter().filter(|own| **own == kind).count();
            assert_eq!(
                (count("TaskCompleted"), count("EventRaised")),
                (1, 1),
                "{history:?}"
            );
        }
        assert!(
            !worker.is_finished(),
            "the foreign worker met nothing that it cannot read"
        );
        worker.abort();
        app.shutdown().await.unwrap();
    });
}

#[test]
fn an_event_of_an_unknown_type_stays_where_it_is() {
    on_a_runtime(async {
        let Some(place) = Place::new("unknown") else {
            return;
        };
        let client = place.foreign().await;
        let app = app_on(place.hub()).start().await.unwrap();
        client
            .start("order", "ProcessOrder", r#"{"total":5}"#)
            .await
            .unwrap();
        let run = app.client().instance("order").unwrap();
        let charged = |history: &[Columns]| kinds(history).contains(&"TaskCompleted");
        while !charged(&client.hub().history("order").await.unwrap()) {
            tokio::task::yield_now().await;
        }
        app.shutdown().await.unwrap();

        let columns = json!({
            "EventType": "ExecutionTeleported", "EventId": -1, "IsPlayed": false, "Where": "elsewhere", "Distance": 7,
        });
        let Value::Object(columns) = columns else {
            unreachable!()
        };
        client.hub().append("order", columns).await.unwrap();
        let before = client.hub().history("order").await.unwrap();
        let place_of = |history: &[Columns]| {
            let place = history
                .iter()
                .position(|row| text(row, "EventType") == "ExecutionTeleported");
            place.expect("the row is there")
        };
        let at = place_of(&before);

        let app = app_on(place.hub()).start().await.unwrap();
        run.raise_event("Approved", &true).await.unwrap();
        let row = client.wait_for("order", &["Completed"], SOON).await.unwrap();
        let output: Value = serde_json::from_str(text(&row, "Output")).unwrap();
        assert_eq!(output, json!(result(5)));
        let after = client.hub().history("order").await.unwrap();
        assert_eq!(after[at], before[at], "not even its etag is another");
        assert!(place_of(&after) < after.len() - 2, "{after:?}");
        app.shutdown().await.unwrap();
    });
}
