//! What is held back while a deployment is under way.

use durable_core::hub::{Fence, FenceId};
use durable_core::{RecordedVersion, Timestamp, WireName};
use rusqlite::Connection;

use crate::error::{StoreError, conflict, corrupt};
use crate::tx::{Tx, rows};

/// The fences as the writer knows them, so that a start need not look. Forgotten when another process has written.
#[derive(Debug, Default)]
pub(crate) struct Fences(Option<Vec<Fence>>);

impl Fences {
    /// Drops what is known.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }

    /// Returns the fence that holds such a start back, if there is one.
    pub(crate) fn before(
        &mut self,
        conn: &Connection,
        (name, version): (&WireName, &RecordedVersion),
        now: Timestamp,
    ) -> Result<Option<&Fence>, StoreError> {
        let known = match &mut self.0 {
            Some(known) => known,
            unknown => unknown.insert(load(conn)?),
        };
        Ok(known.iter().find(|fence| fence.covers(name, version, now)))
    }
}

/// Refuses what is held back.
pub(crate) fn refuse(tx: &mut Tx<'_>, name: &WireName, version: &RecordedVersion) -> Result<(), StoreError> {
    match tx.fences.before(tx.conn, (name, version), tx.now)? {
        Some(fence) => Err(conflict(fence.to_string()).into()),
        None => Ok(()),
    }
}

/// Puts a fence up, or replaces the one of its name. Those that have fallen are removed on this occasion.
pub(crate) fn raise(tx: &mut Tx<'_>, fence: &Fence) -> Result<(), StoreError> {
    let unreadable = |error| corrupt(format!("the fence `{}` cannot be written: {error}", fence.id));
    let codes = serde_json::to_string(&fence.codes).map_err(unreadable)?;
    tx.fences.forget();
    tx.execute("DELETE FROM fence WHERE until <= ?1", [tx.now.as_micros()])?;
    tx.execute(
        "INSERT OR REPLACE INTO fence (id, codes, reason, until) VALUES (?1, ?2, ?3, ?4)",
        (fence.id.as_str(), codes, &fence.reason, fence.until.as_micros()),
    )?;
    Ok(())
}

/// Takes a fence down, and returns whether it was up.
pub(crate) fn lower(tx: &mut Tx<'_>, id: &FenceId) -> Result<bool, StoreError> {
    let was_up = load(tx.conn)?
        .iter()
        .any(|fence| fence.id == *id && fence.until > tx.now);
    tx.fences.forget();
    tx.execute("DELETE FROM fence WHERE id = ?1", [id.as_str()])?;
    Ok(was_up)
}

/// Returns the fences that are up, by name.
pub(crate) fn list(conn: &Connection, now: Timestamp) -> Result<Vec<Fence>, StoreError> {
    let mut fences = load(conn)?;
    fences.retain(|fence| fence.until > now);
    Ok(fences)
}

fn load(conn: &Connection) -> Result<Vec<Fence>, StoreError> {
    let sql = "SELECT id, codes, reason, until FROM fence ORDER BY id";
    let found: Vec<(String, String, String, i64)> = rows(conn, sql, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let fences = found.into_iter().map(|(id, codes, reason, until)| {
        let unreadable =
            |error: &dyn std::fmt::Display| corrupt(format!("the fence `{id}` is not readable: {error}"));
        Ok(Fence {
            codes: serde_json::from_str(&codes).map_err(|error| unreadable(&error))?,
            id: FenceId::new(&id).map_err(|error| unreadable(&error))?,
            reason,
            until: Timestamp::from_micros(until),
        })
    });
    fences.collect()
}
