//! What the storing of a change stands on.

use std::collections::BTreeSet;

use durable_core::hub::InstanceRecord;
use durable_core::{BuildId, ExecutionId};

use super::resident::{MessageId, Resident, Sent};
use super::wish::Wishes;

/// What the storing of a turn needs to know of its instance.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) record: InstanceRecord,
    pub(crate) first_execution: ExecutionId,
    pub(crate) rewound: Vec<ExecutionId>,
    pub(crate) start_generation: Option<i32>,
    pub(crate) created_fine: u8,
    pub(crate) tried: BTreeSet<BuildId>,
    /// Where the next event's row stands.
    pub(crate) next_row: u64,
    /// The etag of the row in the table of instances, if it is known.
    pub(crate) row_etag: Option<String>,
    /// The etag of the history's sentinel.
    pub(crate) etag: Option<String>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) wishes: Wishes,
    /// The messages that have had their effect, or have it by this turn, and that the history itself does not tell of.
    pub(crate) settles: Vec<MessageId>,
}

impl Basis {
    pub(crate) fn of(resident: &Resident) -> Self {
        Self {
            record: resident.record.clone(),
            first_execution: resident.first_execution.clone(),
            rewound: resident.rewound.clone(),
            start_generation: resident.start_generation,
            created_fine: resident.created_fine,
            tried: resident.block.tried.clone(),
            next_row: resident.record.event_count + resident.foreign_rows,
            row_etag: resident.row_etag.clone(),
            etag: resident.etag.clone(),
            sent: resident.sent.clone(),
            wishes: resident.wishes.clone(),
            settles: resident.settled.iter().cloned().collect(),
        }
    }
}
