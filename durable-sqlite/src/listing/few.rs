//! What a query asks for that is found at once because it is little: each has an index of its own, which is not in the order
//! of a listing.

use durable_core::Timestamp;
use durable_core::hub::InstanceQuery;
use rusqlite::Connection;
use rusqlite::types::{ToSql, ValueRef};

use super::place::{Order, Place};
use crate::error::StoreError;
use crate::packed::{DIGITS, Packed, is_digit};
use crate::tx::rows;

/// How many instances are collected by the beginning of their ids. Of more, as many stand in each stretch of a listing that
/// a page is soon full, unless they all began late.
const FEW: usize = 16_384;

/// How far those who have a tag are counted, to be compared with those of some functions and states. Beyond it, these are
/// looked at: that reads no rows.
const COUNTED_MAX: i64 = 65_536;

/// Counts a stretch, up to a limit.
const COUNT: &str = "SELECT count(*) FROM (
     SELECT 1 FROM instance INDEXED BY instance_listing WHERE code = ?1 AND status = ?2 LIMIT ?3)";

/// Counts those who have a tag, up to a limit.
const COUNT_TAGGED: &str = "SELECT count(*) FROM (SELECT 1 FROM tag WHERE name = ?1 AND value = ?2 LIMIT ?3)";

/// Blocked instances are few, and have an index.
pub(super) const BLOCKED: &str =
    "SELECT created, id FROM instance INDEXED BY instance_blocked WHERE blocked IS NOT NULL";

/// Whatever may be stalled: work that is ready and that no live worker offers to do, an owner whose lease has run out, or an
/// activity of that kind.
pub(super) const STALLED: &str = "SELECT created, id FROM instance WHERE id IN (
     SELECT r.id FROM instance r INDEXED BY instance_ready WHERE r.ready = 1 AND NOT EXISTS (
         SELECT 1 FROM node n JOIN node_offer o ON o.node = n.id AND o.code = r.code WHERE n.expires > ?1)
     UNION
     SELECT w.id FROM instance w INDEXED BY instance_owner
     WHERE w.owner IS NOT NULL AND w.owner NOT IN (SELECT id FROM node WHERE expires > ?1)
     UNION
     SELECT a.instance FROM activity a
     WHERE NOT EXISTS (SELECT 1 FROM node n WHERE n.id = a.owner AND n.expires > ?1)
       AND NOT EXISTS (
         SELECT 1 FROM node n JOIN node_offer o ON o.node = n.id AND o.code = a.code WHERE n.expires > ?1))";

/// From an id on. The column's index has all that is asked.
pub(super) const FROM_ID: &str = "SELECT id, text_id FROM instance WHERE text_id >= ?1 ORDER BY text_id";

/// Returns the instances among which are all that match, in the order of a listing; nothing if they may be many.
pub(super) fn candidates(
    conn: &Connection,
    query: &InstanceQuery,
    now: Timestamp,
    order: Order,
) -> Result<Option<Vec<Place>>, StoreError> {
    let found = if query.blocked == Some(true) {
        Some(rows(conn, BLOCKED, [], Place::read)?)
    } else if query.stalled == Some(true) {
        Some(rows(conn, STALLED, [now.as_micros()], Place::read)?)
    } else {
        let prefix = query.id_prefix.as_deref().filter(|prefix| !prefix.is_empty());
        match prefix {
            Some(prefix) => with_prefix(conn, prefix)?,
            None => None,
        }
    };
    Ok(found.map(|mut found| {
        found.sort_unstable_by(|a, b| order.compare(*a, *b));
        found
    }))
}

/// Returns whether fewer have a tag than are of functions in states, given by number.
pub(super) fn has_fewer(
    conn: &Connection,
    (name, value): (&str, &str),
    stretches: &[(i64, i64)],
) -> Result<bool, StoreError> {
    let mut tagged = conn.prepare_cached(COUNT_TAGGED)?;
    let mut left: i64 = tagged.query_row((name, value, COUNTED_MAX), |row| row.get(0))?;
    if left == COUNTED_MAX {
        return Ok(false);
    }
    let mut count = conn.prepare_cached(COUNT)?;
    for (code, status) in stretches {
        left -= count.query_row((code, status, left + 1), |row| row.get::<_, i64>(0))?;
        if left < 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the instances whose ids begin with a text; nothing if they are many.
fn with_prefix(conn: &Connection, prefix: &str) -> Result<Option<Vec<Place>>, StoreError> {
    let mut found = Vec::new();
    if !collect(conn, prefix, &prefix, &mut found)? {
        return Ok(None);
    }
    // Ids that were drawn are numbers there, which stand behind all texts.
    if prefix.len() <= DIGITS && prefix.bytes().all(is_digit) {
        let first = format!("{prefix:0<DIGITS$}");
        if !collect(conn, prefix, &Packed(&first), &mut found)? {
            return Ok(None);
        }
    }
    let mut created = conn.prepare_cached("SELECT created, id FROM instance WHERE id = ?1")?;
    let places = found.into_iter().map(|id| created.query_row([id], Place::read));
    Ok(Some(places.collect::<rusqlite::Result<_>>()?))
}

/// Collects what begins with a text from its first possible id on. Returns whether that is all of it.
fn collect(
    conn: &Connection,
    prefix: &str,
    first: &dyn ToSql,
    found: &mut Vec<i64>,
) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(FROM_ID)?;
    let mut rows = statement.query([first])?;
    while let Some(row) = rows.next()? {
        if !begins(row.get_ref(1)?, prefix) {
            break;
        }
        if found.len() == FEW {
            return Ok(false);
        }
        found.push(row.get(0)?);
    }
    Ok(true)
}

fn begins(id: ValueRef<'_>, prefix: &str) -> bool {
    match id {
        ValueRef::Text(text) => text.starts_with(prefix.as_bytes()),
        ValueRef::Blob(bytes) => {
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
            let digits = digits.map(|digit| char::from_digit(digit.into(), 16));
            prefix.chars().map(Some).eq(digits.take(prefix.len()))
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => false,
    }
}
