//! The raw limit of a storage account: the operations that an instance cannot do without, and nothing else. For benchmarks.
//!
//! There is no engine, no lease, no reading of queues and no record in memory: what is kept of the hub's work are the
//! requests, in the order that the protocol demands, with texts and rows of the same size. Removals are not waited for, as in
//! the hub.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use durable_core::Timestamp;
use durable_core::hub::HubError;
use tokio::task::JoinSet;

use crate::error::{corrupt, invalid};
use crate::transport::{
    Account, IfMatch, Operations, PutReceipt, QueueClient, RetrySettings, Storage, TableClient, TableOp,
};
use crate::value::{Row, Ticks, Value};

/// What a message is as long as.
const MESSAGE_BYTES: usize = 900;
/// For so long messages stay hidden: longer than a benchmark takes.
const HIDDEN: Duration = Duration::from_hours(1);
const SENTINEL: &str = "sentinel";

/// A queue and two tables, and how instances use them.
#[derive(Debug)]
pub struct RawStorage {
    storage: Storage,
    queue: QueueClient,
    history: TableClient,
    instances: TableClient,
    removals: Mutex<JoinSet<Result<(), HubError>>>,
}

/// An instance of which the first turn is stored.
#[derive(Debug)]
pub struct RawInstance {
    key: String,
    rows: usize,
    etag: String,
    work_item: PutReceipt,
}

impl RawStorage {
    /// Makes a queue and two tables. Within a tokio runtime only.
    pub async fn open(connection_string: &str, name: &str) -> Result<Self, HubError> {
        let account = Account::from_connection_string(connection_string);
        let account = account.map_err(|error| invalid(error.to_string()))?;
        let storage = Storage::open(&account, RetrySettings::default());
        let storage = storage.map_err(|error| invalid(error.to_string()))?;
        let raw = Self {
            queue: storage.queue(&format!("{}-raw", name.to_lowercase())),
            history: storage.table(&format!("{name}RawHistory")),
            instances: storage.table(&format!("{name}RawInstances")),
            storage,
            removals: Mutex::default(),
        };
        raw.queue.create().await?;
        raw.history.create().await?;
        raw.instances.create().await?;
        Ok(raw)
    }

    /// How many requests were sent.
    pub fn operations(&self) -> &Operations {
        self.storage.operations()
    }

    /// Starts an instance and stores its first turn, which calls an activity.
    pub async fn begin(&self, key: &str) -> Result<RawInstance, HubError> {
        let start = self.put().await?;
        self.instances.insert(&row(key, "")).await?;
        let work_item = self.put().await?;
        let (etag, rows) = self.append(key, 0, None).await?;
        self.instances.insert_or_merge(&row(key, "")).await?;
        self.remove(start);
        Ok(RawInstance {
            key: key.to_owned(),
            rows,
            etag,
            work_item,
        })
    }

    /// Stores a turn with an activity's result, which calls the next activity.
    pub async fn step(&self, instance: &mut RawInstance) -> Result<(), HubError> {
        let next = self.put().await?;
        let done = std::mem::replace(&mut instance.work_item, next);
        self.turn(instance).await?;
        self.remove(done);
        Ok(())
    }

    /// Stores the last turn.
    pub async fn end(&self, mut instance: RawInstance) -> Result<(), HubError> {
        self.turn(&mut instance).await?;
        self.remove(instance.work_item);
        Ok(())
    }

    /// Waits until everything is removed.
    pub async fn settle(&self) -> Result<(), HubError> {
        let mut removals = std::mem::take(&mut *self.removals.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(removed) = removals.join_next().await {
            removed.map_err(|error| corrupt(error.to_string()))??;
        }
        Ok(())
    }

    async fn turn(&self, instance: &mut RawInstance) -> Result<(), HubError> {
        let (etag, rows) = self
            .append(&instance.key, instance.rows, Some(&instance.etag))
            .await?;
        (instance.etag, instance.rows) = (etag, rows);
        self.instances.insert_or_merge(&row(&instance.key, "")).await?;
        Ok(())
    }

    async fn put(&self) -> Result<PutReceipt, HubError> {
        Ok(self.queue.put(&"m".repeat(MESSAGE_BYTES), HIDDEN).await?)
    }

    fn remove(&self, message: PutReceipt) {
        let queue = self.queue.clone();
        let removal = async move {
            queue
                .delete_message(&message.message_id, &message.pop_receipt)
                .await?;
            Ok(())
        };
        let mut removals = self.removals.lock().unwrap_or_else(PoisonError::into_inner);
        removals.spawn(removal);
    }

    /// The four events of a turn and the sentinel.
    async fn append(&self, key: &str, from: usize, etag: Option<&str>) -> Result<(String, usize), HubError> {
        let events =
            (from..from + 4).map(|index| TableOp::InsertOrReplace(row(key, &format!("{index:016X}"))));
        let mut operations: Vec<TableOp> = events.collect();
        operations.push(match etag {
            None => TableOp::Insert(row(key, SENTINEL)),
            Some(etag) => TableOp::Merge(row(key, SENTINEL), IfMatch::Etag(etag.to_owned())),
        });
        let etags = self
            .history
            .batch(&operations)
            .await
            .map_err(|refused| refused.error)?;
        let etag = etags.into_iter().next_back().flatten();
        let etag = etag.ok_or_else(|| corrupt("the service gave no etag for the sentinel"))?;
        Ok((etag, from + 4))
    }
}

/// A row as large as that of an event or an instance.
fn row(key: &str, row: &str) -> Row {
    let mut row = Row::new(key.to_owned(), row.to_owned());
    row.push(
        "ExecutionId",
        Value::String("7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f".to_owned()),
    );
    row.push("EventType", Value::String("TaskScheduled".to_owned()));
    row.push("EventId", Value::Int32(0));
    row.push("IsPlayed", Value::Bool(false));
    row.push(
        "_Timestamp",
        Value::DateTime(Ticks::of(Timestamp::from_micros(1_782_295_200_123_456))),
    );
    row.push(
        "Input",
        Value::String("\"an input of an ordinary length\"".to_owned()),
    );
    row
}
