//! Foreign client and foreign worker complete orchestrations with each other, and leave the rows of the specification.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::template::{fill, quoted};
use super::{Columns, ForeignClient, ForeignHub, ForeignWorker, queue};
use crate::proxy::{Answer, Fault, Operation, Proxy, Rule};
use crate::rest::Ask;
use crate::tables::text;
use crate::{Service, fresh_name, shared};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(50);

/// A hub of its own, with a client and a worker.
struct Place {
    client: ForeignClient,
    worker: ForeignWorker,
}

impl Place {
    async fn new() -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let Some(azurite) = shared()? else {
            return Ok(None);
        };
        let hub = ForeignHub::new(azurite.account(), &fresh_name("Orders"), 4);
        hub.create().await?;
        Ok(Some(Self {
            worker: ForeignWorker::new(hub.clone(), "foreign"),
            client: ForeignClient::new(hub),
        }))
    }

    fn hub(&self) -> &ForeignHub {
        self.client.hub()
    }

    /// Works until the instance has this state, and returns its row.
    async fn work_until(&mut self, instance: &str, state: &str) -> std::io::Result<Columns> {
        let begin = Instant::now();
        loop {
            self.work().await?;
            let row = self.hub().instance(instance).await?.unwrap_or_default();
            if text(&row, "RuntimeStatus") == Some(state) {
                return Ok(row);
            }
            assert!(begin.elapsed() < SOON, "{row:?}");
        }
    }

    /// Works until such an event is in the history.
    async fn work_until_event(&mut self, instance: &str, kind: &str) -> Outcome {
        let begin = Instant::now();
        loop {
            self.work().await?;
            let history = self.hub().history(instance).await?;
            if kinds(&history).contains(&kind) {
                return Ok(());
            }
            assert!(begin.elapsed() < SOON, "{history:?}");
        }
    }

    async fn work(&mut self) -> std::io::Result<()> {
        self.worker.run_episodes().await?;
        self.worker.run_activities().await.map(drop)
    }

    /// How many messages all queues hold, the invisible ones included.
    async fn messages(&self) -> std::io::Result<u64> {
        let hub = self.hub();
        let mut count = 0;
        for queue in (0..hub.partitions())
            .map(|index| hub.control_queue(index))
            .chain([hub.work_item_queue()])
        {
            let metadata = Ask::new(Service::Queue, "GET", &format!("/{queue}")).query("comp", "metadata");
            let metadata = metadata.send(hub.account()).await?;
            let held = metadata.header("x-ms-approximate-messages-count");
            count += held
                .and_then(|held| held.parse::<u64>().ok())
                .ok_or_else(|| std::io::Error::other("no count"))?;
        }
        Ok(count)
    }
}

fn kinds(history: &[Columns]) -> Vec<&str> {
    history.iter().filter_map(|row| text(row, "EventType")).collect()
}

/// A row without what differs from run to run: times of the service, types, and keys.
fn stable(row: &Columns) -> Columns {
    let varies =
        |name: &str| name.contains("odata") || name.starts_with("Timestamp") || name == "PartitionKey";
    let mut row = row.clone();
    row.retain(|name, _| !varies(name));
    for (name, value) in &mut row {
        if name.ends_with("Time") || name.ends_with("Timestamp") {
            *value = Value::from(if value.as_str().is_some_and(|date| date.ends_with('Z')) {
                "time"
            } else {
                "?"
            });
        }
    }
    row
}

#[tokio::test]
async fn the_first_episode_leaves_the_golden_rows() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    let execution = place
        .client
        .start("order-123", "ProcessOrder", r#"{"total":5}"#)
        .await?;
    let pending = place.hub().instance("order-123").await?.unwrap_or_default();
    let mut expected = json!({
        "RowKey": "", "Input": "{\"total\":5}", "CreatedTime": "time", "Name": "ProcessOrder", "Version": "",
        "RuntimeStatus": "Pending", "LastUpdatedTime": "time", "TaskHubName": place.hub().name(),
        "ExecutionId": execution, "Generation": 0, "Tags": "null",
    });
    assert_eq!(Value::Object(stable(&pending)), expected);

    place.worker.run_episodes().await?;
    let history = place.hub().history("order-123").await?;
    let base = |row: &str, kind: &str, id: i64| {
        json!({
            "RowKey": row, "ExecutionId": execution, "EventType": kind, "EventId": id, "IsPlayed": false,
            "_Timestamp": "time",
        })
    };
    let mut rows = [
        base("0000000000000000", "OrchestratorStarted", -1),
        base("0000000000000001", "ExecutionStarted", -1),
        base("0000000000000002", "TaskScheduled", 0),
        base("0000000000000003", "OrchestratorCompleted", -1),
        json!({
            "RowKey": "sentinel", "ExecutionId": execution, "IsCheckpointComplete": true,
            "CheckpointCompletedTimestamp": "time",
        }),
    ];
    let instance = format!(r#"{{"InstanceId":"order-123","ExecutionId":"{execution}"}}"#);
    for (row, more) in [
        (
            1,
            json!({
                "OrchestrationInstance": instance, "ParentInstance": "null", "Name": "ProcessOrder", "Version": "",
                "Input": "{\"total\":5}", "Tags": "null", "ParentTraceContext": "null", "Generation": 0,
                "GenerateNewTrace": false,
            }),
        ),
        (
            2,
            json!({"Name": "Charge", "Version": "", "ParentTraceContext": "null", "Tags": "null"}),
        ),
    ] {
        let more = more.as_object().cloned().unwrap_or_default();
        rows[row].as_object_mut().ok_or("a row")?.extend(more);
    }
    let found: Vec<Value> = history.iter().map(|row| Value::Object(stable(row))).collect();
    assert_eq!(found, rows);

    let running = place.hub().instance("order-123").await?.unwrap_or_default();
    expected["RuntimeStatus"] = "Running".into();
    expected["CustomStatus"] = "null".into();
    assert_eq!(Value::Object(stable(&running)), expected);
    Ok(())
}

#[tokio::test]
async fn they_complete_an_orchestration_and_leave_no_message() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    // An id that keys, addresses and XML must each escape.
    let instance = "order/1?<&'é^ %25>";
    place
        .client
        .start(instance, "ProcessOrder", r#"{"total":5}"#)
        .await?;
    let again = place.client.start(instance, "ProcessOrder", "1").await.err();
    assert_eq!(
        again.map(|error| error.kind()),
        Some(std::io::ErrorKind::AlreadyExists)
    );
    place.work_until_event(instance, "TaskCompleted").await?;
    place.client.raise(instance, "Approved", "true").await?;
    let row = place.work_until(instance, "Completed").await?;
    assert_eq!(text(&row, "Output"), Some(r#"[{"receipt":{"total":5}},true]"#));
    assert!(text(&row, "CompletedTime").is_some());
    let history = place.hub().history(instance).await?;
    assert_eq!(
        kinds(&history),
        [
            "OrchestratorStarted",
            "ExecutionStarted",
            "TaskScheduled",
            "OrchestratorCompleted",
            "OrchestratorStarted",
            "TaskCompleted",
            "OrchestratorCompleted",
            "OrchestratorStarted",
            "EventRaised",
            "ExecutionCompleted",
            "OrchestratorCompleted",
        ]
    );
    assert_eq!(place.messages().await?, 0);

    // It has ended, so it may be started again: the rows of the second generation lie over those of the first.
    let second = place.client.start(instance, "ProcessOrder", "6").await?;
    place.client.raise(instance, "Approved", "false").await?;
    let row = place.work_until(instance, "Completed").await?;
    assert_eq!(text(&row, "Output"), Some(r#"[{"receipt":6},false]"#));
    assert_eq!(
        (text(&row, "ExecutionId"), row.get("Generation")),
        (Some(second.as_str()), Some(&1.into()))
    );
    assert_eq!(place.messages().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_failed_activity_fails_the_orchestration() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    place
        .client
        .start("order-1", "ProcessOrder", r#"{"decline":true}"#)
        .await?;
    let row = place.work_until("order-1", "Failed").await?;
    let output = "DurableTask.Core.Exceptions.TaskFailedException: card declined";
    assert_eq!(text(&row, "Output"), Some(output));
    Ok(())
}

#[tokio::test]
async fn an_instance_is_suspended_resumed_and_terminated() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    place.client.start("order-1", "ProcessOrder", "5").await?;
    place.work_until_event("order-1", "TaskCompleted").await?;
    place.client.suspend("order-1", "wait").await?;
    let row = place.work_until("order-1", "Suspended").await?;
    assert_eq!(text(&row, "Output"), Some("wait"));
    place.client.raise("order-1", "Approved", "true").await?;
    place.work_until_event("order-1", "EventRaised").await?;
    place.client.resume("order-1", "go on").await?;
    place.work_until("order-1", "Completed").await?;

    place.client.start("order-2", "ProcessOrder", "5").await?;
    place.work_until("order-2", "Running").await?;
    place.client.terminate("order-2", "enough").await?;
    let row = place.work_until("order-2", "Terminated").await?;
    assert_eq!(text(&row, "Output"), Some("enough"));
    Ok(())
}

/// Below the limits, above that of a column only, and above that of a message.
#[tokio::test]
async fn what_is_large_goes_through_blobs() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    for (instance, letters, spaces, pending) in [
        ("a/b", 100, 100, "itself"),
        ("c", 10_000, 21_000, "blob"),
        ("d/e f", 30_000, 0, "address"),
    ] {
        let input = quoted(&"é".repeat(letters)) + &" ".repeat(spaces);
        place.client.start(instance, "ProcessOrder", &input).await?;
        let row = place.hub().instance(instance).await?.unwrap_or_default();
        let kept = text(&row, "Input").unwrap_or_default();
        let found = match (kept.is_empty(), kept.starts_with("http")) {
            (true, _) if text(&row, "InputBlobName").is_some() => "blob",
            (_, true) => "address",
            (..) => "itself",
        };
        assert_eq!(found, pending, "{instance}");
        if found == "blob" {
            let name = text(&row, "InputBlobName").unwrap_or_default();
            assert!(
                name.starts_with("c/history--Input-") && name.ends_with("-Input.json.gz"),
                "{name}"
            );
        }
        if found == "address" {
            assert_eq!(place.hub().resolve(kept).await?, input);
        }
        place.work_until_event(instance, "TaskCompleted").await?;
        place.client.raise(instance, "Approved", &input).await?;
        let row = place.work_until(instance, "Completed").await?;
        let shown = |column| text(&row, column).unwrap_or_default();
        assert_eq!(place.hub().resolve(shown("Input")).await?, input);
        let output = format!("[{{\"receipt\":{}}},{input}]", input.trim_end());
        assert_eq!(place.hub().resolve(shown("Output")).await?, output);
        assert_eq!(
            shown("Output").starts_with("http"),
            pending != "itself",
            "{instance}"
        );
    }
    assert_eq!(place.messages().await?, 0);
    Ok(())
}

#[tokio::test]
async fn of_two_starts_at_once_one_runs() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    // Both clients see no row. The second row is refused, and the second message is the one that has lost.
    let other = ForeignClient::new(place.hub().clone());
    let (one, two) = tokio::join!(
        place.client.start("order-1", "ProcessOrder", "5"),
        other.start("order-1", "ProcessOrder", "5")
    );
    let started = [one?, two?];
    place.client.raise("order-1", "Approved", "true").await?;
    let row = place.work_until("order-1", "Completed").await?;
    let execution = text(&row, "ExecutionId").unwrap_or_default();
    assert!(started.iter().any(|started| started == execution));
    let history = place.hub().history("order-1").await?;
    assert!(
        history
            .iter()
            .all(|row| text(row, "ExecutionId") == Some(execution))
    );
    assert_eq!(
        kinds(&history)
            .iter()
            .filter(|kind| **kind == "ExecutionStarted")
            .count(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn a_message_of_an_old_writer_is_read() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    let old = include_str!("../../wire/golden/execution-started.json").trim_end();
    let old = old.replace(
        "ExecutionStartedEvent\"",
        "ExecutionStartedEvent, DurableTask.Core\"",
    );
    let row = include_str!("../../wire/golden/instances-pending.json")
        .replace("\"Orders\"", &quoted(place.hub().name()));
    let inserted = crate::tables::ask_with("POST", &format!("/{}", place.hub().instances_table()), &row);
    assert_eq!(inserted.send(place.hub().account()).await?.status, 204);
    let encoded = crate::rest::base64::encode(old.as_bytes());
    queue::put(
        place.hub().account(),
        &place.hub().queue_of("order-123"),
        &encoded,
    )
    .await?;
    place.work_until("order-123", "Running").await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_given_back() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    let execution = place.client.start("order-1", "ProcessOrder", "5").await?;
    let early = fill(
        include_str!("../../wire/task-completed.json"),
        &[
            ("activity", "3f0c2a51-5f0e-4d53-9c2f-8f3a5d0b7c11"),
            ("instance", "\"order-1\""),
            ("execution", &execution),
            ("id", "7"),
            ("result", "\"1\""),
            ("time", "2026-06-24T10:00:00Z"),
            ("sequence", "9"),
            ("episode", "1"),
        ],
    );
    queue::put(place.hub().account(), &place.hub().queue_of("order-1"), &early).await?;
    place.client.raise("order-1", "Approved", "true").await?;
    place.work_until("order-1", "Completed").await?;
    let history = place.hub().history("order-1").await?;
    assert_eq!(
        kinds(&history)
            .iter()
            .filter(|kind| **kind == "TaskCompleted")
            .count(),
        1
    );
    Ok(())
}

/// A worker whose commit was made but whose answer was lost, and one whose commit is refused: both times what it took comes
/// again, and is known.
#[tokio::test]
async fn a_lost_and_a_refused_commit_do_no_harm() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let proxy = Proxy::before(place.hub().account()).await?;
    let through = ForeignHub::new(proxy.account(), place.hub().name(), place.hub().partitions());
    let worker = ForeignWorker::new(through, "foreign").visibility(1);
    let mut place = Place { worker, ..place };
    let lost = proxy.inject(Rule::on(Operation::Batch).nth(1), Fault::CloseAfter);
    let stale = Answer::condition_not_met().at_operation(1);
    let refused = proxy.inject(Rule::on(Operation::Batch).nth(2), Fault::Answer(stale));
    place.client.start("order-1", "ProcessOrder", "5").await?;
    assert!(place.worker.run_episodes().await.is_err());
    assert_eq!(kinds(&place.hub().history("order-1").await?).len(), 4);
    place.client.raise("order-1", "Approved", "true").await?;
    place.work_until("order-1", "Completed").await?;
    assert_eq!((lost.struck(), refused.struck()), (1, 1));
    let history = place.hub().history("order-1").await?;
    for kind in [
        "ExecutionStarted",
        "TaskScheduled",
        "TaskCompleted",
        "EventRaised",
        "ExecutionCompleted",
    ] {
        assert_eq!(
            kinds(&history).iter().filter(|known| **known == kind).count(),
            1,
            "{kind}"
        );
    }
    Ok(())
}

/// A worker that ends between its two writes: the row is written when its messages come again.
#[tokio::test]
async fn a_row_that_lags_behind_the_end_is_mended() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let proxy = Proxy::before(place.hub().account()).await?;
    let through = ForeignHub::new(proxy.account(), place.hub().name(), place.hub().partitions());
    let worker = ForeignWorker::new(through, "foreign").visibility(1);
    let mut place = Place { worker, ..place };
    let end = Rule::on(Operation::InsertOrMergeEntity)
        .saying("Completed")
        .nth(1);
    let lost = proxy.inject(end, Fault::CloseBefore);
    let input = quoted(&"é".repeat(20_000));
    place.client.start("order-1", "ProcessOrder", &input).await?;
    place.work_until_event("order-1", "TaskCompleted").await?;
    place.client.raise("order-1", "Approved", &input).await?;
    let begin = Instant::now();
    while place.worker.run_episodes().await.is_ok() {
        assert!(begin.elapsed() < SOON, "the end is not stored");
    }
    let row = place.hub().instance("order-1").await?.unwrap_or_default();
    assert_eq!((lost.struck(), text(&row, "RuntimeStatus")), (1, Some("Running")));
    assert!(kinds(&place.hub().history("order-1").await?).contains(&"ExecutionCompleted"));

    let row = place.work_until("order-1", "Completed").await?;
    let output = place
        .hub()
        .resolve(text(&row, "Output").unwrap_or_default())
        .await?;
    assert_eq!(output, format!("[{{\"receipt\":{input}}},{input}]"));
    Ok(())
}

#[tokio::test]
async fn a_worker_listens_to_what_it_owns_only() -> Outcome {
    let Some(mut place) = Place::new().await? else {
        return Ok(());
    };
    place.worker.run_episodes().await?;
    assert_eq!(place.worker.queues().len(), 4);
    let mut other = ForeignWorker::new(place.hub().clone(), "other");
    other.run_episodes().await?;
    assert_eq!(other.queues().len(), 0);
    place.worker.release().await?;
    let mut third = ForeignWorker::new(place.hub().clone(), "third");
    third.run_episodes().await?;
    assert_eq!(third.queues().len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_running_worker_needs_no_push() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let working = tokio::spawn(place.worker.run());
    place.client.start("order-1", "ProcessOrder", "5").await?;
    // An event that overtakes the start is dropped: the worker gives a start back whose row is not written yet.
    place.client.wait_for("order-1", &["Running"], SOON).await?;
    place.client.raise("order-1", "Approved", "true").await?;
    place.client.wait_for("order-1", &["Completed"], SOON).await?;
    assert!(!working.is_finished());
    working.abort();
    Ok(())
}
