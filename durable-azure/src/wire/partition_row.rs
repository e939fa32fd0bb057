//! Rows of the table that says who owns which control queue.

use super::WireError;
use crate::value::{Row, Ticks, Value};

/// One control queue, and who listens to it. Written as a whole, under the lock that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PartitionRow {
    /// The queue's name.
    pub(crate) queue: String,
    /// The worker that owns it.
    pub(crate) current_owner: Option<String>,
    /// The worker that wants it.
    pub(crate) next_owner: Option<String>,
    /// Since when it is owned.
    pub(crate) owned_since: Option<Ticks>,
    /// When the ownership was last renewed.
    pub(crate) last_renewal: Option<Ticks>,
    /// When the ownership runs out.
    pub(crate) expires_at: Option<Ticks>,
    /// Whether the owner is letting go of it.
    pub(crate) is_draining: bool,
    /// The lock of the row, as it was read.
    pub(crate) etag: Option<String>,
}

impl PartitionRow {
    /// Makes the row of a queue that nobody owns yet.
    pub(crate) fn new(queue: impl Into<String>) -> Self {
        Self {
            queue: queue.into(),
            ..Self::default()
        }
    }

    /// Writes the row.
    pub(crate) fn row(&self) -> Row {
        let mut row = Row::new("", self.queue.as_str());
        row.etag.clone_from(&self.etag);
        for (name, text) in [
            ("CurrentOwner", &self.current_owner),
            ("NextOwner", &self.next_owner),
        ] {
            let value = text.clone().map(Value::String);
            row.columns.extend(value.map(|value| (name.to_owned(), value)));
        }
        for (name, at) in [
            ("OwnedSince", self.owned_since),
            ("LastRenewal", self.last_renewal),
            ("ExpiresAt", self.expires_at),
        ] {
            let value = at.map(Value::DateTime);
            row.columns.extend(value.map(|value| (name.to_owned(), value)));
        }
        let draining = Value::Bool(self.is_draining);
        row.columns.push(("IsDraining".to_owned(), draining));
        row
    }

    /// Reads a row.
    pub(crate) fn read(row: &Row) -> Result<Self, WireError> {
        if row.row_key.is_empty() {
            return Err(WireError::Missing {
                what: "the partition's row".to_owned(),
                member: "RowKey".to_owned(),
            });
        }
        let owner = |name| row.text(name).map(str::to_owned);
        Ok(Self {
            queue: row.row_key.clone(),
            current_owner: owner("CurrentOwner"),
            next_owner: owner("NextOwner"),
            owned_since: row.time("OwnedSince"),
            last_renewal: row.time("LastRenewal"),
            expires_at: row.time("ExpiresAt"),
            is_draining: row.bool("IsDraining").unwrap_or_default(),
            etag: row.etag.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_row_says_only_that_it_is_not_draining() {
        let row = PartitionRow::new("orders-control-00").row();
        assert_eq!(
            (row.partition_key.as_str(), row.row_key.as_str()),
            ("", "orders-control-00")
        );
        assert_eq!(row.columns, [("IsDraining".to_owned(), Value::Bool(false))]);
        assert_eq!(
            PartitionRow::read(&row).unwrap(),
            PartitionRow::new("orders-control-00")
        );
    }

    #[test]
    fn a_row_without_a_queue_is_refused() {
        let error = PartitionRow::read(&Row::new("", "")).unwrap_err();
        assert_eq!(error.to_string(), "the partition's row has no `RowKey`");
    }
}
