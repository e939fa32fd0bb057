//! Rows of the table of instances.

mod columns;
mod read;
mod status;

use durable_core::hub::InstanceRecord;
use durable_core::{BuildId, ExecutionId};

use super::WireError;
use super::large::{is_large, no_pointer};
use crate::value::{Row, Value};

pub(crate) use status::{CONTINUED_AS_NEW, status_text};

/// What the framework writes with every commit.
const OF_EVERY_COMMIT: [&str; 4] = ["CustomStatus", "ExecutionId", "LastUpdatedTime", "TaskHubName"];

/// What the row of an instance says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InstanceRow {
    /// What the core shows of it. The owner, and whether it is stalled, are not in the row.
    pub(crate) record: InstanceRecord,
    /// The hub it belongs to: a tracking store may be shared.
    pub(crate) hub: String,
    /// Which start of the id this is, from 0: `Generation`.
    pub(crate) start_generation: Option<i32>,
    /// The execution it was started with, if it is not the current one: `DurableStartedAs`.
    pub(crate) started_as: Option<ExecutionId>,
    /// The executions that the current one goes on from by a rewind: `DurableRewound`.
    pub(crate) rewound: Vec<ExecutionId>,
    /// The builds that had their try at it while it is blocked: `DurableBuildsTried`.
    pub(crate) builds_tried: Vec<BuildId>,
    /// Why it was suspended or resumed last, if that is new: the framework shows it as the `Output` of an instance that has
    /// not ended. It is never read.
    pub(crate) told: Option<String>,
    /// What the moment of the start has below a microsecond, in steps of 100 ns: 0 to 9.
    pub(crate) created_fine: u8,
    /// The lock of the row, as it was read.
    pub(crate) etag: Option<String>,
}

impl InstanceRow {
    /// Makes the row of an instance that has just been started.
    pub(crate) fn new(record: InstanceRecord, hub: &str) -> Self {
        Self {
            record,
            hub: hub.to_owned(),
            start_generation: None,
            started_as: None,
            rewound: Vec::new(),
            builds_tried: Vec::new(),
            told: None,
            created_fine: 0,
            etag: None,
        }
    }

    /// Writes the whole row, to be inserted or to replace another. What is large is still in it: see
    /// [`store_row`](super::store_row).
    pub(crate) fn row(&self) -> Result<Row, WireError> {
        columns::write(self)
    }

    /// Reads a row. What was moved to blobs must be back: see [`put_back`](super::put_back).
    pub(crate) fn read(row: &Row) -> Result<Self, WireError> {
        read::read(row)
    }

    /// Returns the columns in which the row differs from what is stored, for a merge. What is gone becomes empty or 0,
    /// because a merge removes no column.
    ///
    /// `None` if a column is gone of which neither means nothing, such as a moment: only a replacement of the row says so.
    pub(crate) fn changes_since(&self, stored: &Self) -> Result<Option<Vec<(String, Value)>>, WireError> {
        let (new, old) = (self.row()?, stored.row()?);
        let mut changes: Vec<_> = new
            .columns
            .iter()
            .filter(|(name, value)| old.get(name) != Some(value))
            .cloned()
            .collect();
        for (name, value) in &old.columns {
            // The name of its blob would be taken for that of the new content, if that is empty.
            let was_moved = matches!(value, Value::String(text) if is_large(text));
            if was_moved && !new.text(name).is_some_and(is_large) {
                changes.push(no_pointer(name));
            }
            if new.get(name).is_some() {
                continue;
            }
            let Some(nothing) = read::nothing(name, value) else {
                return Ok(None);
            };
            changes.push((name.clone(), nothing));
        }
        Ok(Some(changes))
    }

    /// Returns what a commit merges: the [changes](Self::changes_since), and what the framework writes with every one.
    pub(crate) fn commit_since(&self, stored: &Self) -> Result<Option<Vec<(String, Value)>>, WireError> {
        let Some(mut columns) = self.changes_since(stored)? else {
            return Ok(None);
        };
        let row = self.row()?;
        for name in OF_EVERY_COMMIT {
            if columns.iter().any(|(changed, _)| changed == name) {
                continue;
            }
            let nothing = || Value::String(columns::custom_status_text(None));
            columns.push((name.to_owned(), row.get(name).cloned().unwrap_or_else(nothing)));
        }
        Ok(Some(columns))
    }
}

#[cfg(test)]
mod tests;
