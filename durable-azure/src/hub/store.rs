//! Rows: how instances and histories are read and written.

use durable_core::history::Event;
use durable_core::hub::HubError;
use durable_core::{ExecutionId, InstanceId};

use super::outbox::{OUTBOX, outbox_column, read_outbox};
use super::outgoing::Stored;
use super::shared::Shared;
use super::terminate::TRIES;
use super::together::together;
use crate::coordinator::{Basis, MessageId, Sent, Wish};
use crate::error::{conflict, corrupt};
use crate::transport::{Continuation, IfMatch, Query, StorageError, StorageErrorKind, TableClient, TableOp};
use crate::value::{Row, Ticks, Value};
use crate::wire::{
    Filter, Inputs, InstanceRow, Place, SENTINEL, Sentinel, WireError, WireEvent, batches, by_address,
    escape, event_row, moved_columns, pick, put_back, read_event_row, store_row,
};

/// Columns of our own in the sentinel.
const SENT: &str = "DurableSent";
const WISHES: &str = "DurableWishes";
const SETTLED: &str = "DurableSettled";
const PREVIOUS: &str = "DurablePrevious";
/// The most bytes of a blob that holds a column.
const BLOB_MAX: usize = 256 * 1024 * 1024;

/// What the sentinel says besides the framework's columns.
#[derive(Debug, Default)]
pub(crate) struct OwnSentinel {
    pub(crate) sent: Vec<Sent>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) settled: Vec<MessageId>,
    /// The messages that a turn has sent and that may not have been put.
    pub(crate) outbox: Vec<String>,
    /// The execution before the current one, if it ended by the batch that began this one.
    pub(crate) previous: Option<String>,
}

/// A history as it was read.
#[derive(Debug, Default)]
pub(crate) struct ReadHistory {
    pub(crate) execution: Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) foreign_rows: u64,
    pub(crate) etag: Option<String>,
    pub(crate) own: OwnSentinel,
}

/// What is appended to a history.
#[derive(Debug)]
pub(crate) struct Appending<'a> {
    pub(crate) instance: &'a InstanceId,
    pub(crate) execution: &'a str,
    /// Where the first of the events stands.
    pub(crate) next_row: u64,
    pub(crate) events: &'a [Event],
    /// The etag that the sentinel must have; there must be none without one.
    pub(crate) etag: Option<&'a str>,
    pub(crate) sent: &'a [Sent],
    /// What the sentinel tells of wishes from now on, if that is new.
    pub(crate) wishes: Option<&'a [Wish]>,
    pub(crate) settled: &'a [MessageId],
    /// The messages that are put after this is stored.
    pub(crate) outbox: &'a [String],
    pub(crate) previous: Option<&'a str>,
}

/// Why nothing was appended.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// Another has written the history since it was read.
    Stale,
    /// Some or all of it may have been stored, or may still be: what was put for it must stay.
    Unknown(HubError),
    Failed(HubError),
}

impl AppendError {
    /// Returns the error, if it is one; being late is none.
    pub(crate) fn into_failure(self) -> Option<HubError> {
        match self {
            Self::Stale => None,
            Self::Unknown(error) | Self::Failed(error) => Some(error),
        }
    }

    /// Returns whether the history may tell of what was put.
    pub(crate) fn stored(&self) -> Stored {
        match self {
            Self::Unknown(_) => Stored::Perhaps,
            Self::Stale | Self::Failed(_) => Stored::No,
        }
    }
}

impl From<HubError> for AppendError {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

impl Shared {
    /// Reads the row of an instance.
    pub(crate) async fn read_row(&self, id: &InstanceId) -> Result<Option<InstanceRow>, HubError> {
        self.read_row_of(&self.instances, id).await
    }

    /// Reads the row of an instance for somebody who only looks: if the primary does not answer, as the secondary has it.
    pub(crate) async fn look_at_row(&self, id: &InstanceId) -> Result<Option<InstanceRow>, HubError> {
        self.read_row_of(&self.instances.or_secondary(), id).await
    }

    async fn read_row_of(
        &self,
        table: &TableClient,
        id: &InstanceId,
    ) -> Result<Option<InstanceRow>, HubError> {
        let Some(row) = table.get(&escape(id.as_str()), "", &[]).await? else {
            return Ok(None);
        };
        self.understand(row).await.map(Some)
    }

    /// Reads a row of the table of instances, with what is in blobs.
    pub(crate) async fn understand(&self, mut row: Row) -> Result<InstanceRow, HubError> {
        self.fetch_moved(&mut row).await?;
        Ok(InstanceRow::read(&row)?)
    }

    pub(crate) async fn fetch_moved(&self, row: &mut Row) -> Result<(), HubError> {
        for moved in moved_columns(row, &self.names.large_message_container()) {
            // A blob is never changed: what the secondary has of it is it.
            let content = self.blobs.or_secondary().get(&moved.blob, BLOB_MAX).await?;
            let gone = || corrupt(format!("the blob `{}` of a column is gone", moved.blob));
            put_back(row, &moved, &content.ok_or_else(gone)?)?;
        }
        Ok(())
    }

    /// Reads the history of an instance, of whichever execution is current in it.
    pub(crate) async fn read_history(&self, id: &InstanceId) -> Result<ReadHistory, HubError> {
        self.read_history_of(&self.history, id, None).await
    }

    /// Reads the history of an execution for somebody who only looks: if the primary does not answer, as the secondary has
    /// it. It is empty if another execution is current.
    pub(crate) async fn look_at_history(
        &self,
        id: &InstanceId,
        execution: &ExecutionId,
    ) -> Result<ReadHistory, HubError> {
        self.read_history_of(&self.history.or_secondary(), id, Some(execution.as_str()))
            .await
    }

    async fn read_history_of(
        &self,
        table: &TableClient,
        id: &InstanceId,
        expected: Option<&str>,
    ) -> Result<ReadHistory, HubError> {
        let mut filter = Filter::default().instance(id.as_str());
        if let Some(expected) = expected {
            filter = filter.execution(expected);
        }
        let rows = self.query_all(table, &filter.text(), &[]).await?;
        let own = match rows.iter().find(|row| row.row_key == SENTINEL) {
            Some(sentinel) => {
                let mut sentinel = sentinel.clone();
                self.fetch_moved(&mut sentinel).await?;
                Some(read_own(&sentinel)?)
            }
            None => None,
        };
        let Some(stored) = pick(rows, expected)? else {
            return Ok(ReadHistory::default());
        };
        let mut history = ReadHistory {
            execution: Some(stored.execution),
            etag: stored.sentinel.and_then(|sentinel| sentinel.etag),
            own: own.unwrap_or_default(),
            ..ReadHistory::default()
        };
        for mut row in stored.rows {
            self.fetch_moved(&mut row).await?;
            match read_event_row(&row)? {
                WireEvent::Known(known) => history.events.push(known.event),
                WireEvent::Foreign(_) => history.foreign_rows += 1,
            }
        }
        Ok(history)
    }

    /// Reads all rows that a condition holds for.
    pub(crate) async fn query_all(
        &self,
        table: &TableClient,
        filter: &str,
        select: &[&str],
    ) -> Result<Vec<Row>, HubError> {
        let query = Query {
            filter: (!filter.is_empty()).then_some(filter),
            select,
            top: None,
        };
        let (mut rows, mut next): (Vec<Row>, Option<Continuation>) = (Vec::new(), None);
        loop {
            let page = table.query(&query, next.as_ref()).await?;
            rows.extend(page.rows);
            next = page.next;
            if next.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Appends to a history under the sentinel's etag, and returns its new one.
    pub(crate) async fn append(&self, appending: &Appending<'_>) -> Result<String, AppendError> {
        let mut rows = Vec::with_capacity(appending.events.len());
        for (index, event) in (appending.next_row..).zip(appending.events) {
            let place = Place {
                instance: appending.instance.as_str(),
                execution: appending.execution,
                index,
            };
            let row =
                event_row(place, &WireEvent::of(event.clone()), Inputs::Kept).map_err(HubError::from)?;
            rows.push(self.store_columns(row).await?);
        }
        let cuts = batches(&rows);
        let mut own = own_columns(appending);
        if !appending.outbox.is_empty() {
            own.columns.push(outbox_column(appending.outbox.to_vec())?);
        }
        let own = self.store_columns(own).await?;
        let mut etag = appending.etag.map(str::to_owned);
        let mut rows = rows.into_iter();
        for (at, count) in cuts.iter().enumerate() {
            let is_last = at + 1 == cuts.len();
            let mut operations: Vec<TableOp> =
                rows.by_ref().take(*count).map(TableOp::InsertOrReplace).collect();
            operations.push(self.sentinel_op(appending, &own, etag.as_deref(), is_last));
            etag = Some(self.one_batch(&operations).await.map_err(|error| match error {
                // The batches before stay, and are read as a part of the history.
                AppendError::Stale if at > 0 => AppendError::Unknown(conflict(
                    "the history was changed by others in the middle of a turn's rows",
                )),
                AppendError::Failed(error) if at > 0 => AppendError::Unknown(error),
                other => other,
            })?);
        }
        etag.ok_or_else(|| corrupt("a batch has no etag").into())
    }

    async fn one_batch(&self, operations: &[TableOp]) -> Result<String, AppendError> {
        match self.history.batch(operations).await {
            Ok(mut etags) => {
                let last = etags.pop().flatten();
                last.ok_or_else(|| corrupt("the service gave no etag for the sentinel").into())
            }
            Err(refused)
                if matches!(
                    refused.error.kind,
                    StorageErrorKind::Conflict
                        | StorageErrorKind::PreconditionFailed
                        | StorageErrorKind::NotFound
                ) =>
            {
                Err(AppendError::Stale)
            }
            Err(failed) if failed.error.uncertain => Err(AppendError::Unknown(failed.error.into())),
            Err(failed) => Err(AppendError::Failed(failed.error.into())),
        }
    }

    fn sentinel_op(
        &self,
        appending: &Appending<'_>,
        own: &Row,
        etag: Option<&str>,
        is_last: bool,
    ) -> TableOp {
        let completed_at = is_last.then(|| Ticks::of(self.now()));
        let mut row = Sentinel::row(appending.instance.as_str(), appending.execution, completed_at);
        // A turn whose rows are not all there sends nothing.
        let own = own
            .columns
            .iter()
            .filter(|(name, _)| is_last || !name.starts_with(OUTBOX));
        row.columns.extend(own.cloned());
        match etag {
            None => TableOp::Insert(row),
            Some(etag) => TableOp::Merge(row, IfMatch::Etag(etag.to_owned())),
        }
    }

    /// Moves what is too large in a row to blobs, and stores those.
    async fn store_columns(&self, row: Row) -> Result<Row, HubError> {
        let mut drawn = 0;
        let seed = Self::new_guid()?.0;
        let mut random = || {
            drawn += 1;
            u32::try_from((seed >> ((drawn % 4) * 32)) & u128::from(u32::MAX)).unwrap_or_default()
        };
        let (row, blobs) = store_row(row, &mut random)?;
        let puts = blobs
            .into_iter()
            .map(|blob| async move { self.put_blob(&blob.name, blob.bytes).await });
        for put in together(puts).await {
            put?;
        }
        Ok(row)
    }

    /// As [`store_columns`](Self::store_columns), for the row of an instance, which others read.
    async fn store_instance(&self, row: Row) -> Result<Row, HubError> {
        let mut row = self.store_columns(row).await?;
        by_address(&mut row, &|blob| self.blobs.url(blob));
        Ok(row)
    }

    /// Inserts the row of an instance, and returns its etag; nothing if there is one.
    pub(crate) async fn insert_row(&self, row: &InstanceRow) -> Result<Option<String>, HubError> {
        let row = self.store_instance(row.row()?).await?;
        unless(self.instances.insert(&row).await, &[StorageErrorKind::Conflict])
    }

    /// Replaces the row of an instance, and returns its new etag; nothing if it is not as it was read any more.
    pub(crate) async fn replace_row(
        &self,
        row: &InstanceRow,
        etag: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        let row = self.store_instance(row.row()?).await?;
        let condition = etag.map_or(IfMatch::Any, |etag| IfMatch::Etag(etag.to_owned()));
        unless(self.instances.replace(&row, &condition).await, &CHANGED)
    }

    /// Makes the row of an instance say what its history says, which is as of this sentinel. `before` is what the row said
    /// when it was last read or written, with the etag of then; without one, the row is read first.
    ///
    /// Returns the row's new etag, or nothing if others have gone on with the instance since: the row is theirs to write,
    /// and what is known here would undo it.
    pub(crate) async fn merge_row(
        &self,
        id: &InstanceId,
        before: &InstanceRow,
        after: &InstanceRow,
        sentinel: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        self.merge_row_with(id, (before, after), sentinel, InstanceRow::changes_since)
            .await
    }

    /// As [`merge_row`](Self::merge_row), with what the framework writes at every commit.
    pub(crate) async fn merge_commit(
        &self,
        id: &InstanceId,
        before: &InstanceRow,
        after: &InstanceRow,
        sentinel: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        self.merge_row_with(id, (before, after), sentinel, InstanceRow::commit_since)
            .await
    }

    async fn merge_row_with(
        &self,
        id: &InstanceId,
        (before, after): (&InstanceRow, &InstanceRow),
        sentinel: Option<&str>,
        changes: Difference,
    ) -> Result<Option<String>, HubError> {
        let mut read = None;
        for _ in 0..TRIES {
            let known = read.as_ref().unwrap_or(before);
            if let Some(etag) = &known.etag
                && let Some(etag) = self.write(id, after, changes(after, known)?, etag).await?
            {
                return Ok(Some(etag));
            }
            // The row first: whoever goes on after the look at the sentinel writes the row after this.
            let Some(found) = self.read_row(id).await? else {
                return Ok(None);
            };
            let executions = [&before.record.execution, &after.record.execution];
            let is_its = executions.contains(&&found.record.execution);
            if !is_its || self.sentinel_etag(id).await?.as_deref() != sentinel {
                return Ok(None);
            }
            read = Some(found);
        }
        Err(conflict(format!(
            "the row of the instance `{id}` is changed by others all the time"
        )))
    }

    /// Writes what is different in the row of an instance, and returns its new etag; nothing if it is not as `known` any
    /// more.
    pub(crate) async fn write_changes(
        &self,
        id: &InstanceId,
        known: &InstanceRow,
        after: &InstanceRow,
        etag: &str,
    ) -> Result<Option<String>, HubError> {
        self.write(id, after, after.changes_since(known)?, etag).await
    }

    async fn write(
        &self,
        id: &InstanceId,
        after: &InstanceRow,
        columns: Option<Vec<(String, Value)>>,
        etag: &str,
    ) -> Result<Option<String>, HubError> {
        let Some(columns) = columns else {
            // Something is gone that a merge cannot take away.
            return self.replace_row(after, Some(etag)).await;
        };
        if columns.is_empty() {
            return Ok(Some(etag.to_owned()));
        }
        let mut row = Row::new(escape(id.as_str()), "");
        row.columns = columns;
        let row = self.store_instance(row).await?;
        let condition = IfMatch::Etag(etag.to_owned());
        unless(self.instances.merge(&row, &condition).await, &CHANGED)
    }

    /// Returns the row that belongs to what a change stands on.
    pub(crate) fn row_of(&self, basis: &Basis) -> InstanceRow {
        let is_first = basis.first_execution == basis.record.execution;
        InstanceRow {
            start_generation: basis.start_generation,
            started_as: (!is_first).then(|| basis.first_execution.clone()),
            rewound: basis.rewound.clone(),
            builds_tried: basis.tried.iter().copied().collect(),
            created_fine: basis.created_fine,
            etag: basis.row_etag.clone(),
            ..InstanceRow::new(basis.record.clone(), self.names.hub().as_str())
        }
    }
}

/// How the columns that are to be written are found: of a row, and of what is stored of it.
type Difference = fn(&InstanceRow, &InstanceRow) -> Result<Option<Vec<(String, Value)>>, WireError>;

/// What the service says of a row that is not as it was.
const CHANGED: [StorageErrorKind; 2] = [StorageErrorKind::PreconditionFailed, StorageErrorKind::NotFound];

/// Takes a refusal of one of these kinds for an answer.
fn unless<T>(answer: Result<T, StorageError>, refusals: &[StorageErrorKind]) -> Result<Option<T>, HubError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if refusals.contains(&error.kind) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the columns of our own, which are texts of JSON and ids of messages.
fn own_columns(appending: &Appending<'_>) -> Row {
    let mut row = Row::new(escape(appending.instance.as_str()), SENTINEL);
    // A merge removes no column: what the execution or the instance before has left is overwritten.
    let is_another = appending.previous.is_some() || (appending.next_row == 0 && appending.etag.is_some());
    if (is_another || !appending.sent.is_empty())
        && let Ok(text) = serde_json::to_string(appending.sent)
    {
        row.push(SENT, Value::String(text));
    }
    let starts_over = appending.next_row == 0 && appending.etag.is_some();
    if let Some(wishes) = appending.wishes.or(starts_over.then_some(&[]))
        && let Ok(text) = serde_json::to_string(wishes)
    {
        row.push(WISHES, Value::String(text));
    }
    let settled = appending
        .settled
        .iter()
        .filter_map(|id| crate::wire::Guid::parse(id.as_str()));
    let settled: Vec<u8> = settled.flat_map(|guid| guid.0.to_be_bytes()).collect();
    if !settled.is_empty() {
        row.push(SETTLED, Value::Binary(settled));
    }
    if let Some(previous) = appending.previous {
        row.push(PREVIOUS, Value::String(previous.to_owned()));
    }
    row
}

/// Reads what is wanted of children.
pub(crate) fn read_wishes(sentinel: &Row) -> Result<Vec<Wish>, HubError> {
    read_list(sentinel, WISHES)
}

fn read_list<T: serde::de::DeserializeOwned>(sentinel: &Row, column: &str) -> Result<Vec<T>, HubError> {
    match sentinel.text(column) {
        None | Some("") => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| corrupt(format!("the sentinel's `{column}` cannot be read: {error}"))),
    }
}

fn read_own(row: &Row) -> Result<OwnSentinel, HubError> {
    let settled = match row.get(SETTLED) {
        Some(Value::Binary(bytes)) => bytes
            .chunks_exact(16)
            .filter_map(|chunk| chunk.try_into().ok().map(u128::from_be_bytes))
            .map(|bits| MessageId::new(&crate::wire::Guid(bits).to_string()))
            .collect(),
        _ => Vec::new(),
    };
    Ok(OwnSentinel {
        sent: read_list(row, SENT)?,
        wishes: read_wishes(row)?,
        settled,
        outbox: read_outbox(row)?,
        previous: row
            .text(PREVIOUS)
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
    })
}
