//! Rows of the table of histories.

use super::{WireError, WireEvent};
use crate::value::{Row, Ticks};

/// The row key of the row that locks an instance.
pub(crate) const SENTINEL: &str = "sentinel";

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
    let _ = (place, event, inputs);
    todo!()
}

/// Reads a row as an event. What was moved to blobs must be back: see [`put_back`](super::put_back).
pub(crate) fn read_event_row(row: &Row) -> Result<WireEvent, WireError> {
    let _ = row;
    todo!()
}

/// Picks the current execution out of all rows of an instance, which are in the order of their keys.
///
/// `None` if there is neither an event nor a sentinel. Without events of the `expected` execution the history is empty.
pub(crate) fn pick(rows: Vec<Row>, expected: Option<&str>) -> Result<Option<StoredHistory>, WireError> {
    let _ = (rows, expected);
    todo!()
}

/// Cuts the rows of a commit into batches: of how many rows each consists. At least one, which may be empty.
pub(crate) fn batches(rows: &[Row]) -> Vec<usize> {
    let _ = rows;
    todo!()
}

impl Sentinel {
    /// Writes the sentinel for the batch of a commit. `completed_at` says that it is the last.
    pub(crate) fn row(instance: &str, execution: &str, completed_at: Option<Ticks>) -> Row {
        let _ = (instance, execution, completed_at);
        todo!()
    }
}
