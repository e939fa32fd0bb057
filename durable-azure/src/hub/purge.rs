//! Removing ended instances.

use durable_core::InstanceId;
use durable_core::hub::{HubError, InstanceQuery, PurgeReport};

use super::query::matches;
use super::shared::Shared;
use super::together::together;
use crate::error::{conflict, not_found};
use crate::transport::{IfMatch, StorageErrorKind, TableClient, TableOp};
use crate::wire::{Filter, blob_prefixes, escape};

/// The most rows that one transaction removes.
const ROWS_AT_ONCE: usize = 100;
/// How many records a page has unless the query says otherwise.
pub(crate) const PAGE_SIZE: usize = 100;

impl Shared {
    /// Removes an ended instance, and its ended children if `recursive`.
    pub(crate) async fn purge(&self, id: &InstanceId, recursive: bool) -> Result<PurgeReport, HubError> {
        let record = self
            .known(id)
            .await?
            .ok_or_else(|| not_found(format_args!("instance `{id}`")))?
            .record;
        if !record.status.is_ended() {
            return Err(conflict(format!("the instance `{id}` has not ended")));
        }
        let mut parents = vec![id.clone()];
        let mut purged = u64::from(self.remove_ended(id).await?);
        while recursive && let Some(parent) = parents.pop() {
            for child in self.ended_children_of(&parent).await? {
                if self.remove_ended(&child).await? {
                    purged += 1;
                    parents.push(child);
                }
            }
        }
        Ok(PurgeReport {
            purged,
            complete: true,
        })
    }

    /// Removes ended instances that match, at most a page of them.
    pub(crate) async fn purge_matching(&self, query: &InstanceQuery) -> Result<PurgeReport, HubError> {
        let page_size = query.page_size.unwrap_or(PAGE_SIZE).max(1);
        let mut ended = Vec::new();
        for record in self.all_records(query.id_prefix.as_deref()).await? {
            if record.status.is_ended() && matches(&record, query) {
                ended.push(record.instance);
            }
        }
        let complete = ended.len() <= page_size;
        let mut purged = 0;
        for id in ended.into_iter().take(page_size) {
            purged += u64::from(self.remove_ended(&id).await?);
        }
        Ok(PurgeReport { purged, complete })
    }

    /// Returns the ended children of all executions of an instance: what an earlier one has started, too.
    async fn ended_children_of(&self, parent: &InstanceId) -> Result<Vec<InstanceId>, HubError> {
        let all = self.all_records(None).await?.into_iter();
        let children = all.filter(|it| it.parent.as_ref().is_some_and(|of| of.instance == *parent));
        Ok(children
            .filter(|it| it.status.is_ended())
            .map(|it| it.instance)
            .collect())
    }

    /// Removes everything of an instance that has ended. Returns false if it is gone or runs again.
    async fn remove_ended(&self, id: &InstanceId) -> Result<bool, HubError> {
        let _lock = self.locks.lock(id).await;
        let Some(known) = self.known(id).await? else {
            return Ok(false);
        };
        if !known.record.status.is_ended() {
            return Ok(false);
        }
        self.remove_rows(&self.history, id).await?;
        self.remove_rows(&self.activities, id).await?;
        self.remove_blobs(id).await?;
        let is_gone = self
            .instances
            .delete(&escape(id.as_str()), "", &IfMatch::Any)
            .await?;
        self.change(|state| state.forget_resident(id));
        self.watchers.wake(id);
        Ok(is_gone)
    }

    async fn remove_rows(&self, table: &TableClient, id: &InstanceId) -> Result<(), HubError> {
        let key = escape(id.as_str());
        let filter = Filter::default().instance(id.as_str()).text();
        let rows = match self.query_all(table, &filter, &["PartitionKey", "RowKey"]).await {
            Ok(rows) => rows,
            // A table that is made with its first row.
            Err(error) if error.kind() == durable_core::hub::HubErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for few in rows.chunks(ROWS_AT_ONCE) {
            let operations: Vec<TableOp> = few
                .iter()
                .map(|row| TableOp::Delete {
                    partition_key: key.clone(),
                    row_key: row.row_key.clone(),
                    condition: IfMatch::Any,
                })
                .collect();
            match table.batch(&operations).await {
                Ok(_) => {}
                Err(refused) if refused.error.kind == StorageErrorKind::NotFound => {
                    // Somebody else removes it as well: one by one, what is left.
                    let deletes = few
                        .iter()
                        .map(|row| table.delete(&key, &row.row_key, &IfMatch::Any));
                    for deleted in together(deletes).await {
                        deleted?;
                    }
                }
                Err(failed) => return Err(failed.error.into()),
            }
        }
        Ok(())
    }

    /// Removes the blobs of an instance. The slash keeps those of `order-10` when `order-1` is purged, which the framework
    /// does not.
    async fn remove_blobs(&self, id: &InstanceId) -> Result<(), HubError> {
        for prefix in blob_prefixes(id.as_str()) {
            let mut from = None;
            loop {
                let page = match self.blobs.list(&prefix, from.as_deref()).await {
                    Ok(page) => page,
                    Err(error) if error.kind == StorageErrorKind::NotFound => break,
                    Err(error) => return Err(error.into()),
                };
                for deleted in together(page.items.iter().map(|item| self.blobs.delete(&item.name))).await {
                    deleted?;
                }
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
