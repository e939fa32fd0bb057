//! Listings and counts.

use std::collections::BTreeMap;

use durable_core::hub::{
    CodeKey, HubError, InstanceQuery, InstanceRecord, Page, PageToken, VersionCount, WorkerRecord,
};
use durable_core::{BuildId, RecordedVersion, Timestamp, WireName, WorkerId};
use rusqlite::{Connection, named_params};

use crate::error::{StoreError, corrupt, invalid};
use crate::instance::{Head, moment, parse, status_number};
use crate::record::{self, stalled_since};
use crate::tx::rows;

/// How many records a page has if the query does not say.
const PAGE_SIZE: usize = 100;

pub(crate) fn page_size(query: &InstanceQuery) -> usize {
    query.page_size.unwrap_or(PAGE_SIZE).max(1)
}

/// Lists one page.
pub(crate) fn list(
    conn: &Connection,
    query: &InstanceQuery,
    now: Timestamp,
) -> Result<Page<InstanceRecord>, StoreError> {
    let limit = page_size(query);
    let found = matching(conn, query, now, limit + 1, false)?;
    let more = found.len() > limit;
    let mut items = Vec::with_capacity(found.len().min(limit));
    let mut last = None;
    for id in found.into_iter().take(limit) {
        if let Some(head) = Head::by_id(conn, id)? {
            items.push(record::of_head(conn, head, now)?);
        }
        last = Some(PageToken(id.to_string()));
    }
    Ok(Page {
        items,
        next: last.filter(|_| more),
    })
}

/// Returns the numbers of the instances that match, in the order of the listing: that of their starts.
pub(crate) fn matching(
    conn: &Connection,
    query: &InstanceQuery,
    now: Timestamp,
    limit: usize,
    only_ended: bool,
) -> Result<Vec<i64>, StoreError> {
    // `?1` comes first, so that the fragment about stalled instances finds the present moment there.
    const SQL: &str = concat!(
        "SELECT i.id FROM instance i JOIN code c ON c.id = i.code
         WHERE ?1 IS NOT NULL
           AND (:names IS NULL OR c.name IN (SELECT value FROM json_each(:names)))
           AND (:versions IS NULL OR c.version IN (SELECT value FROM json_each(:versions)))
           AND (:statuses IS NULL OR i.status IN (SELECT value FROM json_each(:statuses)))
           AND (:created_from IS NULL OR i.created >= :created_from)
           AND (:created_before IS NULL OR i.created < :created_before)
           AND (:ended_from IS NULL OR i.created + i.ended >= :ended_from)
           AND (:ended_before IS NULL OR i.created + i.ended < :ended_before)
           AND (:prefix IS NULL OR :prefix =
                substr(iif(typeof(i.text_id) = 'blob', lower(hex(i.text_id)), i.text_id), 1, length(:prefix)))
           AND (:blocked IS NULL OR (i.blocked IS NOT NULL) = :blocked)
           AND (NOT :only_ended OR i.ended IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM json_each(:tags) wanted WHERE NOT EXISTS
                   (SELECT 1 FROM tag WHERE tag.name = wanted.key AND tag.value = wanted.value AND tag.instance = i.id))
           AND (:stalled IS NULL OR ((",
        stalled_since!(),
        ") IS NOT NULL) = :stalled)
           AND i.id > :after
         ORDER BY i.id LIMIT :limit"
    );
    let after = query.after.as_ref().map(parse_token).transpose()?;
    let statuses: Vec<i64> = query.statuses.iter().copied().map(status_number).collect();
    let mut statement = conn.prepare_cached(SQL)?;
    let params = named_params! {
        ":names": list_json(&query.names)?,
        ":versions": list_json(&query.versions)?,
        ":statuses": list_json(&statuses)?,
        ":created_from": query.created_from.map(Timestamp::as_micros),
        ":created_before": query.created_before.map(Timestamp::as_micros),
        ":ended_from": query.ended_from.map(Timestamp::as_micros),
        ":ended_before": query.ended_before.map(Timestamp::as_micros),
        ":prefix": query.id_prefix,
        ":blocked": query.blocked,
        ":only_ended": only_ended,
        ":tags": json(&query.tags)?,
        ":stalled": query.stalled,
        ":after": after.unwrap_or(i64::MIN),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    for (name, value) in params {
        if let Some(at) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(at, value)?;
        }
    }
    statement.raw_bind_parameter(1, now.as_micros())?;
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        found.push(row.get(0)?);
    }
    Ok(found)
}

fn parse_token(token: &PageToken) -> Result<i64, HubError> {
    let parsed = token.0.parse();
    parsed.map_err(|_| invalid(format!("`{}` is not a page token of this hub", token.0)))
}

/// Returns a list as JSON, or nothing if it is empty and so matches everything.
fn list_json<T: serde::Serialize>(list: &[T]) -> Result<Option<String>, HubError> {
    if list.is_empty() {
        Ok(None)
    } else {
        json(&list).map(Some)
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, HubError> {
    serde_json::to_string(value).map_err(|error| invalid(format!("a filter of the query: {error}")))
}

/// Counts instances by name and version.
pub(crate) fn version_counts(conn: &Connection, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    let sql = "SELECT c.name, c.version,
            sum(i.status = 0 AND i.blocked IS NULL),
            sum(i.status = 1 AND i.blocked IS NULL AND has_work),
            sum(i.status = 1 AND i.blocked IS NULL AND NOT has_work),
            sum(i.status = 2 AND i.blocked IS NULL),
            sum(i.blocked IS NOT NULL),
            sum(i.status = 4),
            sum(i.status IN (3, 5, 6)),
            min(i.created) FILTER (WHERE i.ended IS NULL),
            max(i.created),
            EXISTS (SELECT 1 FROM node_offer o JOIN node n ON n.id = o.node
                    WHERE o.code = c.id AND o.exact = 1 AND n.expires > ?1)
        FROM (SELECT *, ended IS NULL AND (first IS NOT NULL OR EXISTS (SELECT 1 FROM inbox b WHERE b.instance = instance.id))
                     AS has_work
              FROM instance) i
        JOIN code c ON c.id = i.code GROUP BY c.id";
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
