//! Histories as they are read.

use durable_core::history::Event;
use durable_core::hub::HubError;
use durable_core::{ExecutionId, InstanceId};

use super::sentinel::{OwnSentinel, read_own};
use crate::hub::shared::Shared;
use crate::transport::TableClient;
use crate::wire::{Filter, SENTINEL, WireEvent, escape, pick, read_event_row};

/// A history as it was read.
#[derive(Debug, Default)]
pub(crate) struct ReadHistory {
    pub(crate) execution: Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) foreign_rows: u64,
    pub(crate) etag: Option<String>,
    pub(crate) own: OwnSentinel,
}

impl Shared {
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
    /// Returns the etag of an instance's sentinel.
    pub(crate) async fn sentinel_etag(&self, id: &InstanceId) -> Result<Option<String>, HubError> {
        let row = self
            .history
            .get(&escape(id.as_str()), SENTINEL, &["ExecutionId"])
            .await?;
        Ok(row.and_then(|row| row.etag))
    }
}
