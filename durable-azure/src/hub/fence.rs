//! Fences: a table of our own, made on first use.
//!
//! A start is not in one transaction with a fence, and reading the table for each start would cost one operation in ten. So
//! a node may rely on what it has read for `fence_lag`, and whoever puts a fence up waits for that long before it is
//! acknowledged: by then every node has looked again, or looks before its next start. A start whose own requests take longer
//! than that may still come through, and clients of other frameworks know nothing of fences.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use durable_core::hub::{Fence, FenceId, HubError};
use durable_core::{RecordedVersion, WireName};

use super::shared::Shared;
use crate::error::{conflict, corrupt};
use crate::transport::{IfMatch, StorageErrorKind};
use crate::value::{Row, Ticks, Value};
use crate::wire::escape;

const ID: &str = "Fence";
const CODES: &str = "Codes";
const REASON: &str = "Reason";
const UNTIL: &str = "Until";

/// What was read last, and when.
#[derive(Debug, Default)]
pub(crate) struct KnownFences(Mutex<Option<(Instant, Vec<Fence>)>>);

impl KnownFences {
    fn fresh(&self, lag: Duration) -> Option<Vec<Fence>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.as_ref().filter(|(read_at, _)| read_at.elapsed() < lag);
        fresh.map(|(_, fences)| fences.clone())
    }

    fn set(&self, known: Option<(Instant, Vec<Fence>)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Shared {
    /// Returns the fence that holds such a start back, if there is one.
    pub(crate) async fn fence_before(
        &self,
        name: &WireName,
        version: &RecordedVersion,
    ) -> Result<Option<Fence>, HubError> {
        let fences = match self.fences.fresh(self.settings.fence_lag) {
            Some(fences) => fences,
            None => {
                // As of before the request: what is put up during it may not be in the answer.
                let read_at = Instant::now();
                let fences = self.read_fences().await?;
                self.fences.set(Some((read_at, fences.clone())));
                fences
            }
        };
        let now = self.now();
        Ok(fences.into_iter().find(|fence| fence.covers(name, version, now)))
    }

    /// Refuses what is held back.
    pub(crate) async fn refuse_fenced(
        &self,
        name: &WireName,
        version: &RecordedVersion,
    ) -> Result<(), HubError> {
        match self.fence_before(name, version).await? {
            Some(fence) => Err(conflict(fence.to_string())),
            None => Ok(()),
        }
    }

    /// Puts a fence up, and waits until no node relies on an older look.
    pub(crate) async fn raise_fence(&self, fence: &Fence) -> Result<(), HubError> {
        let row = write(fence)?;
        match self.fence_table.insert_or_replace(&row).await {
            Err(error) if error.kind == StorageErrorKind::NotFound => {
                self.fence_table.create().await?;
                self.fence_table.insert_or_replace(&row).await?;
            }
            answer => drop(answer?),
        }
        self.fences.set(None);
        self.pause(self.settings.fence_lag).await;
        Ok(())
    }

    /// Takes a fence down, and returns whether it was up.
    pub(crate) async fn lower_fence(&self, id: &FenceId) -> Result<bool, HubError> {
        let was_up = self.list_fences().await?.iter().any(|fence| fence.id == *id);
        match self
            .fence_table
            .delete("", &escape(id.as_str()), &IfMatch::Any)
            .await
        {
            Err(error) if error.kind == StorageErrorKind::NotFound => {}
            answer => drop(answer?),
        }
        self.fences.set(None);
        Ok(was_up)
    }

    /// Returns the fences that are up, by name.
    pub(crate) async fn list_fences(&self) -> Result<Vec<Fence>, HubError> {
        let now = self.now();
        let mut fences = self.read_fences().await?;
        fences.retain(|fence| fence.until > now);
        fences.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(fences)
    }

    async fn read_fences(&self) -> Result<Vec<Fence>, HubError> {
        let rows = match self.query_all(&self.fence_table, "", &[]).await {
            Ok(rows) => rows,
            Err(error) if error.kind() == durable_core::hub::HubErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        rows.iter().map(read).collect()
    }
}

fn write(fence: &Fence) -> Result<Row, HubError> {
    let codes = serde_json::to_string(&fence.codes)
        .map_err(|error| corrupt(format!("the fence `{}` cannot be written: {error}", fence.id)))?;
    let mut row = Row::new("", escape(fence.id.as_str()));
    row.push(ID, Value::String(fence.id.as_str().to_owned()));
    row.push(CODES, Value::String(codes));
    row.push(REASON, Value::String(fence.reason.clone()));
    row.push(UNTIL, Value::DateTime(Ticks::of(fence.until)));
    Ok(row)
}

fn read(row: &Row) -> Result<Fence, HubError> {
    let bad = |column: &str| {
        corrupt(format!(
            "the row `{}` of the table of fences has no proper `{column}`",
            row.row_key
        ))
    };
    let id = row.text(ID).and_then(|text| FenceId::new(text).ok());
    let codes = row.text(CODES).ok_or_else(|| bad(CODES))?;
    Ok(Fence {
        id: id.ok_or_else(|| bad(ID))?,
        codes: serde_json::from_str(codes).map_err(|error| bad(CODES).with_source(error))?,
        reason: row.text(REASON).unwrap_or_default().to_owned(),
        until: row.time(UNTIL).ok_or_else(|| bad(UNTIL))?.timestamp(),
    })
}
