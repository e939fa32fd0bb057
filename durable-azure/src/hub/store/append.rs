//! What is appended to histories.

use durable_core::InstanceId;
use durable_core::history::Event;
use durable_core::hub::HubError;

use super::sentinel::own_columns;
use crate::coordinator::{MessageId, Sent, Wish};
use crate::error::{conflict, corrupt};
use crate::hub::outbox::{OUTBOX, outbox_column};
use crate::hub::outgoing::Stored;
use crate::hub::shared::Shared;
use crate::transport::{IfMatch, StorageErrorKind, TableOp};
use crate::value::{Row, Ticks};
use crate::wire::{Inputs, Place, Sentinel, WireEvent, batches, event_row};

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
    /// Appends to a history under the sentinel's etag, and returns its new one.
    pub(crate) async fn append(&self, appending: &Appending<'_>) -> Result<String, AppendError> {
        let (instance, next_row) = (appending.instance, appending.next_row);
        tracing::trace!(%instance, next_row, events = appending.events.len(), "a turn is stored");
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
}
