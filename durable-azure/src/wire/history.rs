//! Rows of the table of histories.

use super::large::pointed_to;
use super::{WireError, WireEvent, escape};
use crate::value::{Row, Ticks, Value};

/// The row key of the row that locks an instance.
pub(crate) const SENTINEL: &str = "sentinel";

/// The column that says which execution a row belongs to.
const EXECUTION: &str = "ExecutionId";

const COMPLETED_AT: &str = "CheckpointCompletedTimestamp";

/// Whether a history holds the inputs of what it orders, which the framework leaves out by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inputs {
    /// A rewind sends orders again, and needs them.
    Kept,
    /// As the framework does unless told otherwise.
    Left,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The instance's id, not escaped.
    pub(crate) instance: &'a str,
    /// The execution.
    pub(crate) execution: &'a str,
    /// The event's index, from 0.
    pub(crate) index: u64,
}

/// The row that locks an instance: its etag is what a commit compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentinel {
    /// The current execution.
    pub(crate) execution: String,
    /// Whether the last batch of the commit is written; when it was.
    pub(crate) completed_at: Option<Ticks>,
    /// The lock.
    pub(crate) etag: Option<String>,
}

/// The rows of one execution, and the lock of its instance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredHistory {
    /// The execution.
    pub(crate) execution: String,
    /// Its events, oldest first.
    pub(crate) rows: Vec<Row>,
    /// The sentinel, if there is one. It is kept even if there are no events.
    pub(crate) sentinel: Option<Sentinel>,
}

/// Returns the row key of an event.
pub(crate) fn row_key(index: u64) -> String {
    format!("{index:016X}")
}

/// Writes an event as a row. What is large is still in it: see [`store_row`](super::store_row).
pub(crate) fn event_row(place: Place<'_>, event: &WireEvent, inputs: Inputs) -> Result<Row, WireError> {
    let mut row = Row::new(escape(place.instance), row_key(place.index));
    row.columns = event.columns(inputs)?;
    row.columns.push(text(EXECUTION, place.execution));
    Ok(row)
}

/// Reads a row as an event. What was moved to blobs must be back: see [`put_back`](super::put_back).
pub(crate) fn read_event_row(row: &Row) -> Result<WireEvent, WireError> {
    let what = format!("the event {}", row.row_key);
    refuse_moved(row, &what)?;
    let own = row.columns.iter().filter(|(name, _)| !is_place(name));
    WireEvent::of_columns(&what, own.cloned().collect())
}

/// Refuses a row of which something is still in a blob.
pub(super) fn refuse_moved(row: &Row, what: &str) -> Result<(), WireError> {
    let mut names = row.columns.iter().map(|(name, _)| name);
    match names.find_map(|name| pointed_to(row, name)) {
        None => Ok(()),
        Some(column) => Err(WireError::NotFetched {
            what: what.to_owned(),
            column: column.to_owned(),
        }),
    }
}

/// Returns whether a column says where an event stands, and not what it is.
fn is_place(column: &str) -> bool {
    // The service adds the time of writing to every row.
    matches!(column, EXECUTION | "Timestamp" | "PartitionKey" | "RowKey")
}

/// Picks the current execution out of all rows of an instance, which are in the order of their keys.
///
/// `None` if there is neither an event nor a sentinel. If another execution than the `expected` one is current, the
/// history is empty, and the sentinel tells which. What a longer execution has left behind is not taken.
pub(crate) fn pick(rows: Vec<Row>, expected: Option<&str>) -> Result<Option<StoredHistory>, WireError> {
    let (mut events, sentinels): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.row_key != SENTINEL);
    events.retain(|row| is_index(&row.row_key));
    let sentinel = sentinels.first().map(Sentinel::read).transpose()?;
    let first = events.first().and_then(|row| row.text(EXECUTION));
    let execution = match (&sentinel, first) {
        (Some(sentinel), _) => sentinel.execution.clone(),
        // Rows without a lock: a first commit that was cut off in the middle.
        (None, Some(execution)) => execution.to_owned(),
        (None, None) => return Ok(None),
    };
    let is_expected = match expected {
        None => true,
        Some(expected) => sentinel.is_some() && execution == expected,
    };
    let of_execution = |row: &Row| row.text(EXECUTION) == Some(execution.as_str());
    let count = if is_expected {
        events.iter().take_while(|row| of_execution(row)).count()
    } else {
        0
    };
    events.truncate(count);
    Ok(Some(StoredHistory {
        execution,
        rows: events,
        sentinel,
    }))
}

/// Returns whether a row key is that of an event.
fn is_index(row_key: &str) -> bool {
    row_key.len() == 16 && row_key.bytes().all(|digit| digit.is_ascii_hexdigit())
}

impl Sentinel {
    /// Writes the sentinel for a batch of a commit. `completed_at` says that it is the last batch.
    ///
    /// The first of an instance is inserted. Every other is merged with the etag of the one before.
    pub(crate) fn row(instance: &str, execution: &str, completed_at: Option<Ticks>) -> Row {
        let mut row = Row::new(escape(instance), SENTINEL);
        row.columns.push(text(EXECUTION, execution));
        let complete = Value::Bool(completed_at.is_some());
        row.columns.push(("IsCheckpointComplete".to_owned(), complete));
        if let Some(at) = completed_at {
            row.columns.push((COMPLETED_AT.to_owned(), Value::DateTime(at)));
        }
        row
    }

    /// Reads the sentinel.
    pub(crate) fn read(row: &Row) -> Result<Self, WireError> {
        let execution = row.text(EXECUTION).ok_or_else(|| WireError::Missing {
            what: "the sentinel".to_owned(),
            member: EXECUTION.to_owned(),
        })?;
        let complete = row.bool("IsCheckpointComplete").unwrap_or_default();
        Ok(Self {
            execution: execution.to_owned(),
            // A merge keeps the time of the commit before.
            completed_at: row.time(COMPLETED_AT).filter(|_| complete),
            etag: row.etag.clone(),
        })
    }
}

fn text(column: &str, value: &str) -> (String, Value) {
    (column.to_owned(), Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests;
