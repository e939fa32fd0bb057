//! The row of an instance, by which others see it.

use durable_core::InstanceId;
use durable_core::hub::HubError;

use crate::coordinator::Basis;
use crate::error::conflict;
use crate::hub::shared::Shared;
use crate::hub::standing::TRIES;
use crate::transport::{IfMatch, StorageError, StorageErrorKind, TableClient};
use crate::value::{Row, Value};
use crate::wire::{InstanceRow, WireError, by_address, escape};

/// How the columns that are to be written are found: of a row, and of what is stored of it.
type Difference = fn(&InstanceRow, &InstanceRow) -> Result<Option<Vec<(String, Value)>>, WireError>;

/// What the service says of a row that is not as it was.
const CHANGED: [StorageErrorKind; 2] = [StorageErrorKind::PreconditionFailed, StorageErrorKind::NotFound];

impl Shared {
    /// Reads the row of an instance.
    pub(crate) async fn read_row(&self, id: &InstanceId) -> Result<Option<InstanceRow>, HubError> {
        self.read_row_of(&self.instances, id).await
    }

    /// Reads the row of an instance for somebody who only looks: if the primary does not answer, as the secondary has it.
    pub(crate) async fn look_at_row(&self, id: &InstanceId) -> Result<Option<InstanceRow>, HubError> {
        self.read_row_of(&self.instances.or_secondary(), id).await
    }

    async fn read_row_of(
        &self,
        table: &TableClient,
        id: &InstanceId,
    ) -> Result<Option<InstanceRow>, HubError> {
        let Some(row) = table.get(&escape(id.as_str()), "", &[]).await? else {
            return Ok(None);
        };
        self.understand(row).await.map(Some)
    }

    /// Reads a row of the table of instances, with what is in blobs.
    pub(crate) async fn understand(&self, mut row: Row) -> Result<InstanceRow, HubError> {
        self.fetch_moved(&mut row).await?;
        Ok(InstanceRow::read(&row)?)
    }

    /// Inserts the row of an instance, and returns its etag; nothing if there is one.
    pub(crate) async fn insert_row(&self, row: &InstanceRow) -> Result<Option<String>, HubError> {
        let row = self.store_instance(row.row()?).await?;
        unless(self.instances.insert(&row).await, &[StorageErrorKind::Conflict])
    }

    /// Replaces the row of an instance, and returns its new etag; nothing if it is not as it was read any more.
    pub(crate) async fn replace_row(
        &self,
        row: &InstanceRow,
        etag: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        let row = self.store_instance(row.row()?).await?;
        let condition = etag.map_or(IfMatch::Any, |etag| IfMatch::Etag(etag.to_owned()));
        unless(self.instances.replace(&row, &condition).await, &CHANGED)
    }

    /// Makes the row of an instance say what its history says, which is as of this sentinel. `before` is what the row said
    /// when it was last read or written, with the etag of then; without one, the row is read first.
    ///
    /// Returns the row's new etag, or nothing if others have gone on with the instance since: the row is theirs to write,
    /// and what is known here would undo it.
    pub(crate) async fn merge_row(
        &self,
        id: &InstanceId,
        before: &InstanceRow,
        after: &InstanceRow,
        sentinel: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        self.merge_row_with(id, (before, after), sentinel, InstanceRow::changes_since)
            .await
    }

    /// As [`merge_row`](Self::merge_row), with what the framework writes at every commit.
    pub(crate) async fn merge_commit(
        &self,
        id: &InstanceId,
        before: &InstanceRow,
        after: &InstanceRow,
        sentinel: Option<&str>,
    ) -> Result<Option<String>, HubError> {
        self.merge_row_with(id, (before, after), sentinel, InstanceRow::commit_since)
            .await
    }

    async fn merge_row_with(
        &self,
        id: &InstanceId,
        (before, after): (&InstanceRow, &InstanceRow),
        sentinel: Option<&str>,
        changes: Difference,
    ) -> Result<Option<String>, HubError> {
        let mut read = None;
        for _ in 0..TRIES {
            let known = read.as_ref().unwrap_or(before);
            if let Some(etag) = &known.etag
                && let Some(etag) = self.write(id, after, changes(after, known)?, etag).await?
            {
                return Ok(Some(etag));
            }
            // The row first: whoever goes on after the look at the sentinel writes the row after this.
            let Some(found) = self.read_row(id).await? else {
                return Ok(None);
            };
            let executions = [&before.record.execution, &after.record.execution];
            let is_its = executions.contains(&&found.record.execution);
            if !is_its || self.sentinel_etag(id).await?.as_deref() != sentinel {
                return Ok(None);
            }
            read = Some(found);
        }
        Err(conflict(format!(
            "the row of the instance `{id}` is changed by others all the time"
        )))
    }

    /// Writes what is different in the row of an instance, and returns its new etag; nothing if it is not as `known` any
    /// more.
    pub(crate) async fn write_changes(
        &self,
        id: &InstanceId,
        known: &InstanceRow,
        after: &InstanceRow,
        etag: &str,
    ) -> Result<Option<String>, HubError> {
        self.write(id, after, after.changes_since(known)?, etag).await
    }

    async fn write(
        &self,
        id: &InstanceId,
        after: &InstanceRow,
        columns: Option<Vec<(String, Value)>>,
        etag: &str,
    ) -> Result<Option<String>, HubError> {
        let Some(columns) = columns else {
            // Something is gone that a merge cannot take away.
            return self.replace_row(after, Some(etag)).await;
        };
        if columns.is_empty() {
            return Ok(Some(etag.to_owned()));
        }
        let mut row = Row::new(escape(id.as_str()), "");
        row.columns = columns;
        let row = self.store_instance(row).await?;
        let condition = IfMatch::Etag(etag.to_owned());
        unless(self.instances.merge(&row, &condition).await, &CHANGED)
    }

    /// As [`store_columns`](Self::store_columns), for the row of an instance, which others read.
    async fn store_instance(&self, row: Row) -> Result<Row, HubError> {
        let mut row = self.store_columns(row).await?;
        by_address(&mut row, &|blob| self.blobs.url(blob));
        Ok(row)
    }

    /// Returns the row that belongs to what a change stands on.
    pub(crate) fn row_of(&self, basis: &Basis) -> InstanceRow {
        let is_first = basis.first_execution == basis.record.execution;
        InstanceRow {
            start_generation: basis.start_generation,
            started_as: (!is_first).then(|| basis.first_execution.clone()),
            rewound: basis.rewound.clone(),
            builds_tried: basis.tried.iter().copied().collect(),
            created_fine: basis.created_fine,
            etag: basis.row_etag.clone(),
            ..InstanceRow::new(basis.record.clone(), self.names.hub().as_str())
        }
    }
}

/// Takes a refusal of one of these kinds for an answer.
fn unless<T>(answer: Result<T, StorageError>, refusals: &[StorageErrorKind]) -> Result<Option<T>, HubError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if refusals.contains(&error.kind) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
