//! A worker: control queues, episodes, activities (sections 12 and 13 of the specification).

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::episode::{Call, is, play};
use super::hub::{ForeignHub, escape_key};
use super::queue::{self, Received};
use super::row::put_date;
use super::template::{fill, quoted};
use super::{guid, partitions};
use crate::date;
use crate::tables::{self, Change, Columns, text};

const SCHEDULED: &str = include_str!("../../wire/task-scheduled.json");
const COMPLETED: &str = include_str!("../../wire/task-completed.json");
const FAILED: &str = include_str!("../../wire/task-failed.json");

/// How long a message is invisible to others, in seconds, unless it is set. .NET takes five minutes and renews.
const VISIBILITY: u32 = 30;
/// How long it pauses when it has found nothing.
const PAUSE: Duration = Duration::from_millis(50);
/// How often it looks at its partitions. .NET pauses ten seconds.
const PASS: Duration = Duration::from_secs(1);
/// A response that comes so often for an instance without a history will never find one.
const ZOMBIE: u32 = 5;
/// A start that comes so often has lost to another.
const LOST_START: u32 = 10;

/// A worker as one that was written with .NET. Unless it runs, it does nothing by itself.
#[derive(Debug)]
pub struct ForeignWorker {
    hub: ForeignHub,
    name: String,
    queues: Vec<String>,
    passed: Option<Instant>,
    sent: u64,
    visibility: u32,
}

/// What a message of a start is worth.
enum Start {
    Run,
    Discard,
    Abandon,
}

impl ForeignWorker {
    /// A worker of this hub, which must exist, under a name in the partition table that no other has.
    pub fn new(hub: ForeignHub, name: &str) -> Self {
        Self {
            hub,
            name: name.to_owned(),
            queues: Vec::new(),
            passed: None,
            sent: 0,
            visibility: VISIBILITY,
        }
    }

    /// Sets how many seconds a message that it has taken is invisible to others: what it has not deleted until then comes
    /// again.
    #[must_use]
    pub fn visibility(mut self, seconds: u32) -> Self {
        self.visibility = seconds;
        self
    }

    /// Works until an error of the storage or until it is dropped.
    pub async fn run(mut self) -> io::Result<()> {
        loop {
            let episodes = self.run_episodes().await?;
            let activities = self.run_activities().await?;
            if episodes + activities == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// The control queues that were its own at the last look.
    pub fn queues(&self) -> &[String] {
        &self.queues
    }

    /// Claims partitions and takes once what is in their queues. Returns how many messages it has dealt with.
    pub async fn run_episodes(&mut self) -> io::Result<usize> {
        if self.passed.is_none_or(|passed| passed.elapsed() >= PASS) {
            self.queues = partitions::pass(&self.hub, &self.name).await?;
            self.passed = Some(Instant::now());
        }
        let mut count = 0;
        for queue in self.queues.clone() {
            let mut messages = queue::get(self.hub.account(), &queue, 32, self.visibility).await?;
            count += messages.len();
            messages.sort_by_key(Received::place);
            let mut by_instance: BTreeMap<String, Vec<Received>> = BTreeMap::new();
            for message in messages {
                by_instance
                    .entry(message.instance().to_owned())
                    .or_default()
                    .push(message);
            }
            for (instance, messages) in by_instance {
                self.run_episode(&instance, messages).await?;
            }
        }
        Ok(count)
    }

    /// Runs the activities that wait. Returns how many.
    pub async fn run_activities(&mut self) -> io::Result<usize> {
        let mut count = 0;
        let queue = self.hub.work_item_queue();
        while let [message] = &queue::get(self.hub.account(), &queue, 1, self.visibility).await?[..] {
            self.run_activity(message).await?;
            count += 1;
        }
        Ok(count)
    }

    /// Gives its partitions back.
    pub async fn release(&mut self) -> io::Result<()> {
        self.queues.clear();
        self.passed = None;
        partitions::release(&self.hub, &self.name).await
    }

    async fn run_episode(&mut self, instance: &str, messages: Vec<Received>) -> io::Result<()> {
        let account = self.hub.account();
        let rows = self.hub.history(instance).await?;
        let sentinel = rows.iter().find(|row| text(row, "RowKey") == Some("sentinel"));
        let etag = sentinel
            .and_then(|row| text(row, "odata.etag"))
            .map(str::to_owned);
        let mut execution = sentinel
            .and_then(|row| text(row, "ExecutionId"))
            .map(str::to_owned);
        let of = |row: &&Columns| {
            text(row, "EventType").is_some() && text(row, "ExecutionId") == execution.as_deref()
        };
        let mut history: Vec<Columns> = rows.iter().take_while(of).cloned().collect();
        let ended = history.iter().any(|row| is(row, "ExecutionCompleted"));
        let start = messages
            .iter()
            .find(|message| message.kind() == "ExecutionStarted");
        if let Some(start) = start.filter(|start| start.execution() != execution.as_deref())
            && (history.is_empty() || ended)
        {
            match self.judge(start).await? {
                Start::Run => {
                    execution = start.execution().map(str::to_owned);
                    history.clear();
                }
                Start::Discard => {}
                Start::Abandon => return abandon_all(account, &messages).await,
            }
        }
        let ended = history.iter().any(|row| is(row, "ExecutionCompleted"));
        let mut arrived = Vec::new();
        for message in &messages {
            if !ended && is_early(message, &history) && (!history.is_empty() || message.dequeued <= ZOMBIE) {
                queue::abandon(account, message).await?;
                continue;
            }
            let of_this = message
                .execution()
                .is_none_or(|target| Some(target) == execution.as_deref());
            if !ended && of_this && is_new(message, &history) {
                arrived.push((message.kind(), message.event()));
            } else {
                queue::delete(account, message).await?;
            }
        }
        let begins = arrived.iter().any(|(kind, _)| *kind == "ExecutionStarted");
        let (Some(execution), true) = (execution, begins || !history.is_empty()) else {
            return self.delete_orphans(instance, &messages).await;
        };
        if arrived.is_empty() {
            return Ok(());
        }
        let now = date::net(SystemTime::now());
        let episode = play(&history, &arrived, &now);
        let number = history
            .iter()
            .filter(|row| is(row, "OrchestratorStarted"))
            .count()
            + 1;
        if let Some(call) = &episode.call {
            self.send_call(instance, &execution, number, call).await?;
        }
        let changes = self.changes(instance, &execution, history.len(), &episode.rows, etag);
        if !tables::commit(account, &self.hub.history_table(), &changes).await? {
            // Another worker has this instance. What was sent is a duplicate that it recognises.
            return Ok(());
        }
        self.merge_instance(instance, &execution, episode.instance)
            .await?;
        for message in messages
            .iter()
            .filter(|message| arrived.contains(&(message.kind(), message.event())))
        {
            queue::delete(account, message).await?;
        }
        Ok(())
    }

    /// Looks at the instance's row to tell whether this start is the one that was accepted.
    async fn judge(&self, start: &Received) -> io::Result<Start> {
        let row = self.hub.instance(start.instance()).await?;
        let accepted = row.as_ref().and_then(|row| text(row, "ExecutionId"));
        let event = start.event();
        let lost = |row: &Columns| {
            row.get("Generation") == event.get("Generation")
                && text(row, "RuntimeStatus") == Some("Pending")
                && text(row, "CreatedTime")
                    .zip(event["Timestamp"].as_str())
                    .is_some_and(|(accepted, own)| date::is_before(accepted, own))
        };
        let judged = match row {
            Some(_) if accepted.is_none() || accepted == start.execution() => Start::Run,
            Some(row) if lost(&row) => Start::Discard,
            Some(_) | None if start.dequeued >= LOST_START => Start::Discard,
            Some(_) | None => Start::Abandon,
        };
        Ok(judged)
    }

    /// Messages for an instance that is nowhere.
    async fn delete_orphans(&self, instance: &str, messages: &[Received]) -> io::Result<()> {
        if let Some(terminated) = messages
            .iter()
            .find(|message| message.kind() == "ExecutionTerminated")
        {
            let mut columns = Columns::new();
            let event = terminated.event();
            columns.insert("RuntimeStatus".to_owned(), "Terminated".into());
            columns.insert("Output".to_owned(), event["Input"].clone());
            put_date(
                &mut columns,
                "LastUpdatedTime",
                event["Timestamp"].as_str().unwrap_or_default(),
            );
            put_date(&mut columns, "CompletedTime", &date::net(SystemTime::now()));
            let path = tables::entity(&self.hub.instances_table(), &escape_key(instance), "");
            let merge =
                tables::ask_with("MERGE", &path, &Value::Object(columns).to_string()).header("If-Match", "*");
            tables::expect(merge.send(self.hub.account()).await?, &[204, 404])?;
        }
        for message in messages.iter().filter(|message| !is_response(message.kind())) {
            queue::delete(self.hub.account(), message).await?;
        }
        Ok(())
    }

    async fn send_call(
        &mut self,
        instance: &str,
        execution: &str,
        episode: usize,
        call: &Call,
    ) -> io::Result<()> {
        self.sent += 1;
        let values = [
            ("activity", guid::dashed()),
            ("instance", quoted(instance)),
            ("execution", execution.to_owned()),
            ("name", quoted(call.name)),
            ("input", quoted(&call.input)),
            ("id", call.id.to_string()),
            ("time", date::net(SystemTime::now())),
            ("sequence", self.sent.to_string()),
            ("episode", episode.to_string()),
        ];
        let text = fill(
            SCHEDULED,
            &values.each_ref().map(|(name, value)| (*name, value.as_str())),
        );
        queue::put(self.hub.account(), &self.hub.work_item_queue(), &text).await
    }

    /// The transaction of an episode: the new events, and the sentinel under the etag that was read.
    fn changes(
        &self,
        instance: &str,
        execution: &str,
        first: usize,
        rows: &[Columns],
        etag: Option<String>,
    ) -> Vec<Change> {
        let partition = escape_key(instance);
        let keyed = |mut columns: Columns, row: &str| {
            columns.insert("PartitionKey".to_owned(), partition.clone().into());
            columns.insert("RowKey".to_owned(), row.into());
            columns.insert("ExecutionId".to_owned(), execution.into());
            Value::Object(columns).to_string()
        };
        let put = |(index, columns): (usize, &Columns)| {
            let row = format!("{:016X}", first + index);
            Change::Put {
                partition: partition.clone(),
                columns: keyed(columns.clone(), &row),
                row,
            }
        };
        let mut changes: Vec<Change> = rows.iter().enumerate().map(put).collect();
        let mut columns = Columns::new();
        columns.insert("IsCheckpointComplete".to_owned(), true.into());
        put_date(
            &mut columns,
            "CheckpointCompletedTimestamp",
            &date::net(SystemTime::now()),
        );
        let columns = keyed(columns, "sentinel");
        changes.push(match etag {
            None => Change::Insert(columns),
            Some(etag) => Change::Merge {
                partition,
                row: "sentinel".to_owned(),
                columns,
                etag,
            },
        });
        changes
    }

    async fn merge_instance(&self, instance: &str, execution: &str, mut columns: Columns) -> io::Result<()> {
        let key = escape_key(instance);
        for (name, value) in [
            ("PartitionKey", key.as_str()),
            ("RowKey", ""),
            ("ExecutionId", execution),
            ("TaskHubName", self.hub.name()),
        ] {
            columns.insert(name.to_owned(), value.into());
        }
        let path = tables::entity(&self.hub.instances_table(), &key, "");
        let merge = tables::ask_with("MERGE", &path, &Value::Object(columns).to_string());
        tables::expect(merge.send(self.hub.account()).await?, &[204]).map(drop)
    }

    /// Runs an activity, answers, and deletes its message after that: it may be run again, and never lost.
    async fn run_activity(&mut self, message: &Received) -> io::Result<()> {
        self.sent += 1;
        let event = message.event();
        let input: Value = serde_json::from_str(event["Input"].as_str().unwrap_or_default())?;
        let argument = &input[0];
        let declined = argument["decline"] == true;
        let values = [
            ("activity", guid::dashed()),
            ("instance", quoted(message.instance())),
            ("execution", message.execution().unwrap_or_default().to_owned()),
            ("id", event["EventId"].to_string()),
            ("result", quoted(&format!(r#"{{"receipt":{argument}}}"#))),
            ("reason", quoted("card declined")),
            ("error", quoted("CardDeclined")),
            ("time", date::net(SystemTime::now())),
            ("sequence", self.sent.to_string()),
            ("episode", message.envelope["Episode"].to_string()),
        ];
        let template = if declined { FAILED } else { COMPLETED };
        let text = fill(
            template,
            &values.each_ref().map(|(name, value)| (*name, value.as_str())),
        );
        queue::put(self.hub.account(), &self.hub.queue_of(message.instance()), &text).await?;
        queue::delete(self.hub.account(), message).await
    }
}

async fn abandon_all(account: crate::Account, messages: &[Received]) -> io::Result<()> {
    for message in messages {
        queue::abandon(account, message).await?;
    }
    Ok(())
}

fn is_response(kind: &str) -> bool {
    matches!(kind, "TaskCompleted" | "TaskFailed")
}

fn task_of(message: &Received) -> Option<i64> {
    message.event()["TaskScheduledId"].as_i64()
}

/// Returns whether it answers what the history does not know yet.
fn is_early(message: &Received, history: &[Columns]) -> bool {
    let asked = |row: &Columns| {
        is(row, "TaskScheduled") && row.get("EventId").and_then(Value::as_i64) == task_of(message)
    };
    is_response(message.kind()) && !history.iter().any(asked)
}

/// Returns whether the history does not hold it yet: a start once, and one answer of each task.
fn is_new(message: &Received, history: &[Columns]) -> bool {
    let answered = |row: &Columns| {
        is_response(text(row, "EventType").unwrap_or_default())
            && row.get("TaskScheduledId").and_then(Value::as_i64) == task_of(message)
    };
    match message.kind() {
        "ExecutionStarted" => history.is_empty(),
        kind if is_response(kind) => !history.iter().any(answered),
        _ => true,
    }
}
