//! Listings and counts.

use std::collections::BTreeMap;

use durable_core::hub::{CodeKey, InstanceQuery, InstanceRecord, Page, VersionCount, WorkerRecord};
use durable_core::{BuildId, RecordedVersion, Timestamp, WireName, WorkerId};
use rusqlite::Connection;

use crate::error::{StoreError, corrupt};
use crate::instance::{Head, moment, parse};
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

/// The counts of what a statement calls `counted`.
macro_rules! summed {
    ($counted:expr) => {
        concat!(
            "WITH counted (code, pending, running, waiting, suspended, blocked, failed, ended, oldest, latest) AS (",
            $counted,
            " UNION ALL
            SELECT i.code,
                sum(i.status = 0 AND i.blocked IS NULL),
                sum(i.status = 1 AND i.blocked IS NULL AND has_work),
                sum(i.status = 1 AND i.blocked IS NULL AND NOT has_work),
                sum(i.status = 2 AND i.blocked IS NULL),
                sum(i.blocked IS NOT NULL), 0, 0, min(i.created), max(i.created)
            FROM (SELECT live.code, live.status, live.blocked, live.created,
                      live.first IS NOT NULL OR EXISTS (SELECT 1 FROM inbox b WHERE b.instance = live.id) AS has_work
                  FROM code CROSS JOIN instance live INDEXED BY instance_listing
                      ON live.code = code.id AND live.status IN (0, 1, 2)
                 ) i
            GROUP BY i.code)
        SELECT c.name, c.version, sum(pending), sum(running), sum(waiting), sum(suspended), sum(blocked), sum(failed),
            sum(ended), min(oldest), max(latest),
            EXISTS (SELECT 1 FROM node_offer o JOIN node n ON n.id = o.node
                    WHERE o.code = c.id AND o.exact = 1 AND n.expires > ?1)
        FROM counted JOIN code c ON c.id = counted.code GROUP BY c.id"
        )
    };
}

/// Of the ended ones, which are most, only the index on listings is read. States from 3 on are ends.
pub(crate) const COUNTS: &str = summed!(
    "SELECT code, 0, 0, 0, 0, 0, sum(status = 4), sum(status <> 4), NULL, max(created)
     FROM instance INDEXED BY instance_listing WHERE status >= 3 GROUP BY code"
);

/// The same without what has ended for good: of that, nothing is read. State 4 is failed.
pub(crate) const LIVE_COUNTS: &str = summed!(
    "SELECT code.id, 0, 0, 0, 0, 0, count(*), 0, NULL, NULL
     FROM code CROSS JOIN instance failed INDEXED BY instance_listing ON failed.code = code.id AND failed.status = 4
     GROUP BY code.id"
);

/// Counts instances by name and version.
pub(crate) fn version_counts(conn: &Connection, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    counts(conn, COUNTS, now)
}

/// Counts what has not ended or has failed, by name and version.
pub(crate) fn live_counts(conn: &Connection, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    let counts = counts(conn, LIVE_COUNTS, now)?.into_iter();
    Ok(counts.filter_map(VersionCount::without_ended).collect())
}

fn counts(conn: &Connection, sql: &'static str, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    let mut counts = rows(conn, sql, [now.as_micros()], |row| {
        Ok(VersionCount {
            name: parse(row, 0, WireName::new)?,
            version: RecordedVersion::from(row.get::<_, String>(1)?),
            pending: count(row, 2)?,
            running: count(row, 3)?,
            waiting: count(row, 4)?,
            suspended: count(row, 5)?,
            blocked: count(row, 6)?,
            failed: count(row, 7)?,
            ended: count(row, 8)?,
            oldest: moment(row, 9)?,
            last_started: moment(row, 10)?,
            offered: row.get(11)?,
        })
    })?;
    counts.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(counts)
}

fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
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
