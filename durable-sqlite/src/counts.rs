//! How many instances of each function are in each state.
//!
//! The index on listings tells how many are in a state and when the first and the last of them began, and no row is read for
//! that. What it does not tell is few: who is blocked, and who has work, of those whom somebody owns or may take.

use std::collections::BTreeMap;

use durable_core::hub::{InstanceStatus, VersionCount};
use durable_core::{RecordedVersion, Timestamp, WireName};
use rusqlite::{Connection, Row};

use crate::error::{StoreError, invalid};
use crate::instance::{moment, parse, status_at, status_number};
use crate::tx::rows;

/// One function in one state, for `?2` = the states as JSON. A stretch of the index is counted without a look at the times in
/// it: its ends are looked up.
pub(crate) const STRETCHES: &str = "SELECT c.id, c.name, c.version, s.value,
         (SELECT count(*) FROM instance INDEXED BY instance_listing WHERE code = c.id AND status = s.value),
         (SELECT min(created) FROM instance INDEXED BY instance_listing WHERE code = c.id AND status = s.value),
         (SELECT max(created) FROM instance INDEXED BY instance_listing WHERE code = c.id AND status = s.value),
         EXISTS (SELECT 1 FROM node_offer o JOIN node n ON n.id = o.node
                 WHERE o.code = c.id AND o.exact = 1 AND n.expires > ?1)
     FROM code c CROSS JOIN json_each(?2) s WHERE c.kind = 0";

/// Those that are blocked, whatever state they are in.
pub(crate) const BLOCKED: &str = "SELECT code, status, count(*) FROM instance INDEXED BY instance_blocked
     WHERE blocked IS NOT NULL GROUP BY code, status";

/// Those that run and have work. Work lies with an owner, or is ready to be taken: the state 0 of `ready` says that there is none.
pub(crate) const WITH_WORK: &str = "SELECT w.code, count(*) FROM instance w
     WHERE w.id IN (
             SELECT id FROM instance INDEXED BY instance_ready WHERE ready = 1
             UNION ALL SELECT id FROM instance INDEXED BY instance_owner WHERE owner IS NOT NULL)
         AND w.status = 1 AND w.blocked IS NULL
         AND (w.first IS NOT NULL OR EXISTS (SELECT 1 FROM inbox b WHERE b.instance = w.id))
     GROUP BY w.code";

/// What is counted of one function in one state.
struct Stretch {
    code: i64,
    status: InstanceStatus,
    instances: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Counts instances by name and version.
pub(crate) fn by_version(conn: &Connection, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    count(conn, now, |_| true)
}

/// Counts what has not ended or has failed, by name and version. Of what has ended for good, nothing is read.
pub(crate) fn of_live(conn: &Connection, now: Timestamp) -> Result<Vec<VersionCount>, StoreError> {
    let counts = count(conn, now, lives_or_failed)?;
    Ok(counts
        .into_iter()
        .filter_map(VersionCount::without_ended)
        .collect())
}

fn lives_or_failed(status: InstanceStatus) -> bool {
    !status.is_ended() || status == InstanceStatus::Failed
}

/// Returns the numbers of the states that count, as a statement takes them.
fn as_json(counts: impl Fn(InstanceStatus) -> bool) -> Result<String, StoreError> {
    let statuses = InstanceStatus::ALL.into_iter().filter(|status| counts(*status));
    let statuses: Vec<i64> = statuses.map(status_number).collect();
    let json = serde_json::to_string(&statuses);
    Ok(json.map_err(|error| invalid(format!("the states that are counted: {error}")))?)
}

fn count(
    conn: &Connection,
    now: Timestamp,
    counts: impl Fn(InstanceStatus) -> bool,
) -> Result<Vec<VersionCount>, StoreError> {
    let mut found: BTreeMap<i64, VersionCount> = BTreeMap::new();
    let stretches = rows(conn, STRETCHES, (now.as_micros(), as_json(counts)?), read)?.into_iter();
    for (stretch, function) in stretches.filter(|(stretch, _)| stretch.instances > 0) {
        let count = found.entry(stretch.code).or_insert(function);
        *column(count, stretch.status) += stretch.instances;
        count.last_started = count.last_started.max(stretch.last);
        if !stretch.status.is_ended() {
            count.oldest = count.oldest.into_iter().chain(stretch.first).min();
        }
    }
    let blocked: Vec<(i64, InstanceStatus, u64)> = rows(conn, BLOCKED, [], |row| {
        Ok((row.get(0)?, status_at(row, 1)?, number(row, 2)?))
    })?;
    for (code, status, instances) in blocked {
        if let Some(count) = found.get_mut(&code) {
            move_to(
                count,
                instances,
                |count| column(count, status),
                |count| &mut count.blocked,
            );
        }
    }
    let with_work: Vec<(i64, u64)> = rows(conn, WITH_WORK, [], |row| Ok((row.get(0)?, number(row, 1)?)))?;
    for (code, instances) in with_work {
        if let Some(count) = found.get_mut(&code) {
            move_to(
                count,
                instances,
                |count| &mut count.waiting,
                |count| &mut count.running,
            );
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(found)
}

/// Reads a stretch, and the function that it is of, of which nothing is counted yet.
fn read(row: &Row<'_>) -> rusqlite::Result<(Stretch, VersionCount)> {
    let stretch = Stretch {
        code: row.get(0)?,
        status: status_at(row, 3)?,
        instances: number(row, 4)?,
        first: moment(row, 5)?,
        last: moment(row, 6)?,
    };
    let (name, version) = (parse(row, 1, WireName::new)?, row.get::<_, String>(2)?);
    let function = VersionCount {
        offered: row.get(7)?,
        ..VersionCount::none(name, RecordedVersion::from(version))
    };
    Ok((stretch, function))
}

/// Returns where those of a state are counted, until more is known of them.
fn column(count: &mut VersionCount, status: InstanceStatus) -> &mut u64 {
    match status {
        InstanceStatus::Pending => &mut count.pending,
        InstanceStatus::Running => &mut count.waiting,
        InstanceStatus::Suspended => &mut count.suspended,
        InstanceStatus::Failed => &mut count.failed,
        InstanceStatus::Completed | InstanceStatus::Canceled | InstanceStatus::Terminated => &mut count.ended,
    }
}

/// Counts some elsewhere. All is read in one snapshot, so they were counted before.
fn move_to(
    count: &mut VersionCount,
    instances: u64,
    from: impl Fn(&mut VersionCount) -> &mut u64,
    to: impl Fn(&mut VersionCount) -> &mut u64,
) {
    let from = from(count);
    *from = from.saturating_sub(instances);
    *to(count) += instances;
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

#[cfg(test)]
mod tests;
