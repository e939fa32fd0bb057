//! One transaction of the writer, as its operations see it.

use durable_core::{InstanceId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::activity::ActivityToken;
use crate::changes::Change;
use crate::code::Codes;
use crate::error::StoreError;
use crate::node::Nodes;

/// The open transaction with what the writer knows.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) now: Timestamp,
    pub(crate) codes: &'a mut Codes,
    pub(crate) sequence: &'a mut Sequence,
    /// The nodes of this process. What an operation does to them is told as an effect.
    pub(crate) nodes: &'a Nodes,
    pub(crate) effects: Effects,
}

/// The numbers that are left to give out. Loaded and stored once per transaction, and only if it draws one.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    last: Option<i64>,
}

/// What an accepted operation changed outside the file. Dropped with the operation if it is refused.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Instances that may have become ready, or ceased to be.
    pub(crate) touched: Vec<i64>,
    /// Instances whose record changed.
    pub(crate) changed: Vec<(InstanceId, Change)>,
    /// Instances that lost their owner.
    pub(crate) disowned: Vec<i64>,
    /// Functions for which there are new activities that nobody owns.
    pub(crate) activities: Vec<i64>,
    /// Activities that run at a node and are not wanted any more: node, run and task.
    pub(crate) cancelled: Vec<(i64, i64, i64)>,
    /// Activities that ended at whichever node ran them.
    pub(crate) finished: Vec<(i64, i64)>,
    /// Activities that a node owns by the commit that made them.
    pub(crate) running: Vec<ActivityToken>,
    /// Something is due at a time not known before.
    pub(crate) due: Option<Timestamp>,
    /// An instance was blocked, so that another build may try it.
    pub(crate) blocked: bool,
    /// Other processes have something to look at.
    pub(crate) ring: bool,
}

impl Effects {
    /// Notes that the record of an instance is another.
    pub(crate) fn progress(&mut self, instance: &InstanceId) {
        self.changed.push((instance.clone(), Change::Progress));
    }

    /// Notes that an instance has ended or is gone.
    pub(crate) fn end(&mut self, instance: &InstanceId) {
        self.changed.push((instance.clone(), Change::End));
    }

    /// Notes the earliest time at which something is due.
    pub(crate) fn due_at(&mut self, due: Timestamp) {
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }
}

impl Sequence {
    /// Stores what was given out and forgets it: before the next transaction another process may draw.
    pub(crate) fn store(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        if let Some(last) = self.last.take() {
            conn.prepare_cached("UPDATE sequence SET value = ?1")?
                .execute([last])?;
        }
        Ok(())
    }

    pub(crate) fn forget(&mut self) {
        self.last = None;
    }
}

impl Tx<'_> {
    /// Runs a statement, and returns how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        execute(self.conn, sql, params)
    }

    /// Returns the first row, if there is one.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        row(self.conn, sql, params, read)
    }

    /// Draws a number that was never given out before in this file.
    pub(crate) fn draw(&mut self) -> Result<i64, StoreError> {
        let last = match self.sequence.last {
            Some(last) => last,
            None => self
                .conn
                .prepare_cached("SELECT value FROM sequence")?
                .query_row([], |row| row.get(0))?,
        };
        self.sequence.last = Some(last + 1);
        Ok(last + 1)
    }
}

/// Runs a statement, and returns how many rows it changed.
pub(crate) fn execute(conn: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// Returns the first row, if there is one.
pub(crate) fn row<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// Returns all rows.
pub(crate) fn rows<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map(params, read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}
