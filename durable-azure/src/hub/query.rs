//! What people and tools ask.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use durable_core::hub::{
    HubError, InstanceQuery, InstanceRecord, InstanceStatus, LoadedHistory, Page, PageToken, VersionCount,
};
use durable_core::{ExecutionId, InstanceId, RecordedVersion, WireName};

use super::purge::PAGE_SIZE;
use super::shared::Shared;
use crate::error::invalid;
use crate::transport::Query;
use crate::wire::{Filter, escape};

/// What a page token begins with.
const TOKEN: &str = "id.";

impl Shared {
    /// Returns one instance.
    pub(crate) async fn get(&self, id: &InstanceId) -> Result<Option<InstanceRecord>, HubError> {
        if let Some(record) = self.with(|state| state.record(id)) {
            return Ok(Some(record));
        }
        let Some(row) = self.look_at_row(id).await? else {
            return Ok(None);
        };
        let mut record = row.record;
        self.complete(&mut record);
        Ok(Some(record))
    }

    /// Adds to a record what only the memory knows.
    pub(crate) fn complete(&self, record: &mut InstanceRecord) {
        self.with(|state| match state.record(&record.instance) {
            Some(held) => *record = held,
            None => state.complete_record(record),
        });
    }

    /// Lists instances in the order of their escaped ids: the table has no other.
    pub(crate) async fn query(&self, query: &InstanceQuery) -> Result<Page<InstanceRecord>, HubError> {
        let page_size = query.page_size.unwrap_or(PAGE_SIZE).max(1);
        let after = query.after.as_ref().map(read_token).transpose()?;
        let filter = filter(
            self.names.hub().as_str(),
            query.id_prefix.as_deref(),
            after.as_deref(),
        );
        self.refresh_workers().await?;
        let mut items: Vec<InstanceRecord> = Vec::new();
        let mut next = None;
        loop {
            let wanted = Query {
                filter: Some(&filter),
                select: &[],
                top: u32::try_from(page_size + 1).ok().map(|top| top.min(1000)),
            };
            let page = self
                .instances
                .or_secondary()
                .query(&wanted, next.as_ref())
                .await?;
            for row in page.rows {
                let mut record = self.understand(row).await?.record;
                self.complete(&mut record);
                if !matches(&record, query) {
                    continue;
                }
                if items.len() == page_size {
                    let next = items.last().map(|last| write_token(&last.instance));
                    return Ok(Page { items, next });
                }
                items.push(record);
            }
            next = page.next;
            if next.is_none() {
                return Ok(Page { items, next: None });
            }
        }
    }

    /// Returns the records of all instances whose id begins with a prefix.
    pub(crate) async fn all_records(&self, prefix: Option<&str>) -> Result<Vec<InstanceRecord>, HubError> {
        let rows = self
            .query_all(
                &self.instances.or_secondary(),
                &filter(self.names.hub().as_str(), prefix, None),
                &[],
            )
            .await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let mut record = self.understand(row).await?.record;
            self.complete(&mut record);
            records.push(record);
        }
        Ok(records)
    }

    /// Returns the history of the current execution.
    pub(crate) async fn history_of(
        &self,
        id: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> Result<Option<LoadedHistory>, HubError> {
        let held = self.with(|state| state.residents.get(id).map(|it| it.execution().clone()));
        let current = match held {
            Some(execution) => execution,
            None => match self.look_at_row(id).await? {
                Some(row) => row.record.execution,
                None => return Ok(None),
            },
        };
        if execution.is_some_and(|wanted| *wanted != current) {
            return Ok(None);
        }
        let history = self.look_at_history(id).await?;
        let is_its = history.execution.as_deref() == Some(current.as_str());
        Ok(Some(LoadedHistory {
            execution: current,
            events: if is_its { history.events } else { Vec::new() },
        }))
    }

    /// Counts instances by name and version.
    pub(crate) async fn version_counts(&self) -> Result<Vec<VersionCount>, HubError> {
        self.refresh_workers().await?;
        let mut counts: BTreeMap<(WireName, RecordedVersion), VersionCount> = BTreeMap::new();
        for record in self.all_records(None).await? {
            let (name, version) = (record.name.clone(), record.version.clone());
            let (offered, has_messages) = self.with(|state| {
                let offered = state.anybody_offers(&name, &version);
                (offered, state.has_messages(&record.instance))
            });
            let key = (name, version);
            let count = counts
                .entry(key)
                .or_insert_with_key(|(name, version)| VersionCount {
                    offered,
                    ..VersionCount::none(name.clone(), version.clone())
                });
            *column(&record, has_messages, count) += 1;
            count.last_started = count.last_started.max(Some(record.created_at));
            if !record.status.is_ended() {
                let oldest = count.oldest.unwrap_or(record.created_at);
                count.oldest = Some(oldest.min(record.created_at));
            }
        }
        Ok(counts.into_values().collect())
    }
}

/// Returns the one column of the table in which an instance counts.
fn column<'a>(record: &InstanceRecord, has_messages: bool, count: &'a mut VersionCount) -> &'a mut u64 {
    if record.blocked.is_some() {
        return &mut count.blocked;
    }
    match record.status {
        InstanceStatus::Pending => &mut count.pending,
        InstanceStatus::Running if has_messages => &mut count.running,
        InstanceStatus::Running => &mut count.waiting,
        InstanceStatus::Suspended => &mut count.suspended,
        InstanceStatus::Failed => &mut count.failed,
        InstanceStatus::Completed | InstanceStatus::Canceled | InstanceStatus::Terminated => &mut count.ended,
    }
}

/// Returns the condition on the table: instances, with ids that begin with a prefix, behind a key. Entities are none.
fn filter(hub: &str, prefix: Option<&str>, after: Option<&str>) -> String {
    let filter = Filter::instances().hub(hub).without_entities();
    let filter = match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => filter.id_prefix(prefix),
        None => filter,
    };
    match after {
        Some(after) => format!(
            "{} and (PartitionKey gt '{}')",
            filter.text(),
            after.replace('\'', "''")
        ),
        None => filter.text(),
    }
}

fn write_token(last: &InstanceId) -> PageToken {
    PageToken(format!(
        "{TOKEN}{}",
        URL_SAFE_NO_PAD.encode(escape(last.as_str()))
    ))
}

fn read_token(token: &PageToken) -> Result<String, HubError> {
    let foreign = || invalid(format!("the page token `{}` is not one of this hub", token.0));
    let text = token.0.strip_prefix(TOKEN).ok_or_else(foreign)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
    let key = String::from_utf8(bytes).map_err(|_| foreign())?;
    if key.is_empty() { Err(foreign()) } else { Ok(key) }
}

/// Returns whether a record satisfies every filter that is set.
pub(crate) fn matches(record: &InstanceRecord, query: &InstanceQuery) -> bool {
    fn any_of<T: PartialEq>(wanted: &[T], value: &T) -> bool {
        wanted.is_empty() || wanted.contains(value)
    }
    let created = record.created_at;
    let ended = record.ended_at;
    any_of(&query.names, &record.name)
        && any_of(&query.versions, &record.version)
        && any_of(&query.statuses, &record.status)
        && (query.tags.iter()).all(|(name, value)| record.tags.get(name) == Some(value))
        && query.created_from.is_none_or(|from| created >= from)
        && query.created_before.is_none_or(|before| created < before)
        && query
            .ended_from
            .is_none_or(|from| ended.is_some_and(|ended| ended >= from))
        && query
            .ended_before
            .is_none_or(|until| ended.is_some_and(|ended| ended < until))
        && (query.id_prefix.as_ref()).is_none_or(|prefix| record.instance.as_str().starts_with(prefix))
        && query
            .blocked
            .is_none_or(|wanted| record.blocked.is_some() == wanted)
        && query
            .stalled
            .is_none_or(|wanted| record.stalled_since.is_some() == wanted)
}
