//! Rows of the table of instances.

use durable_core::history::ChildPolicy;
use durable_core::hub::InstanceRecord;
use durable_core::{BuildId, ExecutionId};

use super::WireError;
use crate::value::{Row, Value};

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
    /// What becomes of it when its parent is terminated: `DurablePolicy`.
    pub(crate) policy: ChildPolicy,
    /// The builds that had their try at it while it is blocked: `DurableBuildsTried`.
    pub(crate) builds_tried: Vec<BuildId>,
    /// The lock of the row, as it was read.
    pub(crate) etag: Option<String>,
}

impl InstanceRow {
    /// Writes the whole row, to be inserted or to replace another.
    pub(crate) fn row(&self) -> Result<Row, WireError> {
        todo!()
    }

    /// Reads a row. What was moved to blobs must be back.
    pub(crate) fn read(row: &Row) -> Result<Self, WireError> {
        let _ = row;
        todo!()
    }

    /// Returns the columns in which `self` differs from what is stored. What is gone becomes an empty text, because a
    /// merge removes no column.
    pub(crate) fn changes_since(&self, stored: &Self) -> Result<Vec<(String, Value)>, WireError> {
        let _ = stored;
        todo!()
    }
}
