//! A worker: control queues, episodes, activities (sections 12 and 13 of the specification).

mod activity;
mod changes;
mod loaded;

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use changes::changes;
use loaded::{Loaded, Verdict};
use serde_json::Value;

use super::episode::{self, is, play};
use super::hub::{ForeignHub, escape_key};
use super::queue::{self, Received};
use super::row::put_date;
use super::{large, partitions};
use crate::date;
use crate::tables::{self, Columns, text};

/// How long a message is invisible to others, in seconds, unless it is set. .NET takes five minutes and renews.
const VISIBILITY: u32 = 30;
/// How long it pauses when it has found nothing.
const PAUSE: Duration = Duration::from_millis(50);
/// How often it looks at its partitions. .NET pauses ten seconds.
const PASS: Duration = Duration::from_secs(1);
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
            let mut messages = queue::get(&self.hub, &queue, 32, self.visibility).await?;
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
        while let [message] = &queue::get(&self.hub, &queue, 1, self.visibility).await?[..] {
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

    async fn run_episode(&mut self, instance: &str, mut messages: Vec<Received>) -> io::Result<()> {
        let mut rows = self.hub.history(instance).await?;
        for row in &mut rows {
            large::load(&self.hub, row).await?;
        }
        let mut loaded = Loaded::from(rows);
        self.mend(instance, &loaded).await?;
        messages.sort_by_key(|message| message.kind() != "ExecutionStarted");
        let mut taken = Vec::new();
        for message in messages {
            let mut verdict = loaded.verdict(&message, &taken);
            if verdict == Verdict::Judge {
                verdict = self.judge(&message).await?;
                if verdict == Verdict::Take {
                    loaded.begin(message.execution());
                }
            }
            match verdict {
                Verdict::Take => taken.push(message),
                Verdict::Discard | Verdict::Judge => queue::delete(self.hub.account(), &message).await?,
                Verdict::Later => queue::abandon(self.hub.account(), &message).await?,
                Verdict::Orphan => {
                    self.terminate(&message).await?;
                    queue::delete(self.hub.account(), &message).await?;
                }
            }
        }
        let Some(execution) = loaded.execution.clone().filter(|_| !taken.is_empty()) else {
            return Ok(());
        };
        self.commit(instance, &execution, &loaded, &taken).await
    }

    /// Plays the episode and stores it. The order is the protocol: a crash repeats, and never loses.
    async fn commit(
        &mut self,
        instance: &str,
        execution: &str,
        loaded: &Loaded,
        taken: &[Received],
    ) -> io::Result<()> {
        let arrived: Vec<_> = taken
            .iter()
            .map(|message| (message.kind(), message.event()))
            .collect();
        let mut episode = play(&loaded.history, &arrived, &date::net(SystemTime::now()));
        if let Some(call) = &episode.call {
            let earlier = loaded.history.iter().filter(|row| is(row, "OrchestratorStarted"));
            self.send_call(instance, execution, earlier.count() + 1, call)
                .await?;
        }
        let changes = changes(&self.hub, instance, execution, loaded, &mut episode).await?;
        if !tables::commit(self.hub.account(), &self.hub.history_table(), &changes).await? {
            // Another worker has this instance. What was sent is a duplicate that it recognises.
            return Ok(());
        }
        self.merge_instance(instance, execution, episode.instance).await?;
        for message in taken {
            queue::delete(self.hub.account(), message).await?;
        }
        Ok(())
    }

    /// Writes the row of an instance that has ended and does not show it: a worker ended between its two writes.
    async fn mend(&self, instance: &str, loaded: &Loaded) -> io::Result<()> {
        let (Some(status), Some(execution)) = (loaded.status(), &loaded.execution) else {
            return Ok(());
        };
        let row = self.hub.instance(instance).await?;
        let shows = |name: &str| row.as_ref().and_then(|row| text(row, name));
        let another = shows("ExecutionId").is_some_and(|shown| shown != execution.as_str());
        if another || shows("RuntimeStatus") == Some(status) {
            return Ok(());
        }
        let mut columns = episode::instance(&loaded.history, &date::net(SystemTime::now()));
        let names = [&escape_key(instance), "", ""];
        for (column, address) in large::offload(&self.hub, names, &mut columns).await? {
            columns.remove(&format!("{column}BlobName"));
            columns.insert(column.to_owned(), address.into());
        }
        self.merge_instance(instance, execution, columns).await
    }

    /// Looks at the instance's row to tell whether this start is the one that was accepted.
    async fn judge(&self, start: &Received) -> io::Result<Verdict> {
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
            Some(_) if accepted.is_none() || accepted == start.execution() => Verdict::Take,
            Some(row) if lost(&row) => Verdict::Discard,
            Some(_) | None if start.dequeued >= LOST_START => Verdict::Discard,
            Some(_) | None => Verdict::Later,
        };
        Ok(judged)
    }

    /// Ends an instance that has no history.
    async fn terminate(&self, message: &Received) -> io::Result<()> {
        let mut columns = Columns::new();
        let event = message.event();
        columns.insert("RuntimeStatus".to_owned(), "Terminated".into());
        columns.insert("Output".to_owned(), event["Input"].clone());
        put_date(
            &mut columns,
            "LastUpdatedTime",
            event["Timestamp"].as_str().unwrap_or_default(),
        );
        put_date(&mut columns, "CompletedTime", &date::net(SystemTime::now()));
        let path = tables::entity(&self.hub.instances_table(), &escape_key(message.instance()), "");
        let merge =
            tables::ask_with("MERGE", &path, &Value::Object(columns).to_string()).header("If-Match", "*");
        tables::expect(merge.send(self.hub.account()).await?, &[204, 404]).map(drop)
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
}
