//! A row of the partition table.

use std::time::Duration;

use durable_core::Timestamp;

use crate::value::{Row, Ticks, Value};

/// Who owns a control queue. The names of the columns are the wire's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionRow {
    /// The name of the control queue, which is the row's key.
    pub(crate) queue: String,
    /// The version that a replace must find. Empty for a row that was never read.
    pub(crate) etag: String,
    pub(crate) current_owner: Option<String>,
    /// Who wants the queue.
    pub(crate) next_owner: Option<String>,
    pub(crate) owned_since: Option<Ticks>,
    pub(crate) last_renewal: Option<Ticks>,
    pub(crate) expires_at: Option<Ticks>,
    /// The owner is letting go of the queue.
    pub(crate) is_draining: bool,
}

/// A row that cannot be read: the protocol needs every one of them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the row `{queue}` of the partition table has a column `{column}` of another type than the protocol's, or no etag"
)]
pub(crate) struct MalformedPartition {
    queue: String,
    column: &'static str,
}

const CURRENT_OWNER: &str = "CurrentOwner";
const NEXT_OWNER: &str = "NextOwner";
const OWNED_SINCE: &str = "OwnedSince";
const LAST_RENEWAL: &str = "LastRenewal";
const EXPIRES_AT: &str = "ExpiresAt";
const IS_DRAINING: &str = "IsDraining";

impl PartitionRow {
    /// Makes the row of a queue that nobody has owned yet.
    pub(crate) fn new(queue: impl Into<String>) -> Self {
        Self {
            queue: queue.into(),
            etag: String::new(),
            current_owner: None,
            next_owner: None,
            owned_since: None,
            last_renewal: None,
            expires_at: None,
            is_draining: false,
        }
    }

    /// Reads a row of the table. Other columns are left aside, as .NET does.
    pub(crate) fn read(row: &Row) -> Result<Self, MalformedPartition> {
        let malformed = |column| MalformedPartition {
            queue: row.row_key.clone(),
            column,
        };
        let text = |column| match (row.get(column), row.text(column)) {
            (None, _) => Ok(None),
            (Some(_), Some(text)) => Ok(Some(text.to_owned())),
            (Some(_), None) => Err(malformed(column)),
        };
        let time = |column| match (row.get(column), row.time(column)) {
            (None, _) => Ok(None),
            (Some(_), Some(ticks)) => Ok(Some(ticks)),
            (Some(_), None) => Err(malformed(column)),
        };
        let is_draining = match row.get(IS_DRAINING) {
            None => false,
            Some(_) => row.bool(IS_DRAINING).ok_or_else(|| malformed(IS_DRAINING))?,
        };
        Ok(Self {
            queue: row.row_key.clone(),
            etag: row.etag.clone().ok_or_else(|| malformed("etag"))?,
            current_owner: text(CURRENT_OWNER)?,
            next_owner: text(NEXT_OWNER)?,
            owned_since: time(OWNED_SINCE)?,
            last_renewal: time(LAST_RENEWAL)?,
            expires_at: time(EXPIRES_AT)?,
            is_draining,
        })
    }

    /// Writes the row in the order of the columns of .NET. What is absent is left out: the replace removes it.
    pub(crate) fn write(&self) -> Row {
        let mut row = Row::new("", &*self.queue);
        row.etag = (!self.etag.is_empty()).then(|| self.etag.clone());
        let texts = [
            (CURRENT_OWNER, &self.current_owner),
            (NEXT_OWNER, &self.next_owner),
        ];
        for (column, owner) in texts {
            if let Some(owner) = owner {
                row.columns
                    .push((column.to_owned(), Value::String(owner.clone())));
            }
        }
        let times = [
            (OWNED_SINCE, self.owned_since),
            (LAST_RENEWAL, self.last_renewal),
            (EXPIRES_AT, self.expires_at),
        ];
        for (column, moment) in times {
            if let Some(moment) = moment {
                row.columns.push((column.to_owned(), Value::DateTime(moment)));
            }
        }
        row.columns
            .push((IS_DRAINING.to_owned(), Value::Bool(self.is_draining)));
        row
    }

    /// Returns whether a node has worked on the queue, now or before.
    pub(crate) fn was_ever_owned(&self) -> bool {
        self.owned_since.is_some() || self.current_owner.is_some()
    }

    pub(crate) fn is_owned_by(&self, node: &str) -> bool {
        self.current_owner.as_deref() == Some(node)
    }

    /// A row that never had a lease has no end of one.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| Ticks::from(now) >= end)
    }

    /// Makes `node` the owner, whoever stood in line.
    pub(crate) fn claim(&mut self, node: &str, now: Timestamp, lease: Duration) {
        self.current_owner = Some(node.to_owned());
        self.next_owner = None;
        self.owned_since = Some(now.into());
        self.is_draining = false;
        self.renew(now, lease);
    }

    pub(crate) fn renew(&mut self, now: Timestamp, lease: Duration) {
        self.last_renewal = Some(now.into());
        self.expires_at = Some((now + lease).into());
    }

    /// Lets go of the queue. Whoever stood in line still does, and is the one to claim it until the lease would have run
    /// out.
    pub(crate) fn release(&mut self) {
        self.current_owner = None;
        self.is_draining = false;
    }
}
