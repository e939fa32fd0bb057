//! Listings of instances and workers.

use std::collections::BTreeMap;

use durable_core::hub::{CodeKey, InstanceQuery, InstanceRecord, Page, WorkerRecord};
use durable_core::{BuildId, Timestamp, WorkerId};
use rusqlite::Connection;

use crate::error::{StoreError, corrupt};
use crate::instance::{Head, parse};
use crate::listing::matching;
use crate::record;
use crate::tx::rows;

/// How many records a page has if the query does not say.
const PAGE_SIZE: usize = 100;

fn page_size(query: &InstanceQuery) -> usize {
    query.page_size.unwrap_or(PAGE_SIZE).max(1)
}

/// Lists one page.
pub(crate) fn list(
    conn: &Connection,
    query: &InstanceQuery,
    now: Timestamp,
) -> Result<Page<InstanceRecord>, StoreError> {
    let limit = page_size(query);
    let found = matching(conn, query, now, limit.saturating_add(1), false)?;
    let more = found.len() > limit;
    let mut items = Vec::with_capacity(found.len().min(limit));
    let mut last = None;
    for place in found.into_iter().take(limit) {
        if let Some(head) = Head::by_id(conn, place.id)? {
            items.push(record::of_head(conn, head, now)?);
        }
        last = Some(place.token());
    }
    Ok(Page {
        items,
        next: last.filter(|_| more),
    })
}

/// Lists the workers whose lease has not run out.
pub(crate) fn workers(conn: &Connection, now: Timestamp) -> Result<Vec<WorkerRecord>, StoreError> {
    let sql =
        "SELECT worker, build, orchestrators, activities, expires FROM node WHERE expires > ?1 ORDER BY id";
    let found: Vec<(WorkerId, i64, String, String, i64)> = rows(conn, sql, [now.as_micros()], |row| {
        Ok((
            parse(row, 0, WorkerId::new)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    })?;
    let mut workers = BTreeMap::new();
    for (worker, build, orchestrators, activities, expires) in found {
        let keys = |text: &str| -> Result<Vec<CodeKey>, StoreError> {
            let failed = |error| corrupt(format!("the offer of worker `{worker}` is not readable: {error}"));
            Ok(serde_json::from_str(text).map_err(failed)?)
        };
        let record = WorkerRecord {
            worker: worker.clone(),
            build: BuildId(build.cast_unsigned()),
            orchestrators: keys(&orchestrators)?,
            activities: keys(&activities)?,
            expires_at: Timestamp::from_micros(expires),
        };
        workers.insert(worker.clone(), record);
    }
    Ok(workers.into_values().collect())
}
