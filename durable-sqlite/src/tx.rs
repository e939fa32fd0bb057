//! One transaction of the writer, as its operations see it.

use durable_core::{InstanceId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::activity::ActivityToken;
use crate::changes::{Change, Ended};
use crate::code::Codes;
use crate::error::StoreError;
use crate::fence::Fences;
use crate::fired::Handed;
use crate::instance::Head;
use crate::known::Fresh;
use crate::node::Nodes;

/// The open transaction with what the writer knows.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) now: Timestamp,
    pub(crate) codes: &'a mut Codes,
    pub(crate) sequence: &'a mut Sequence,
    pub(crate) fences: &'a mut Fences,
    /// The nodes of this process. What an operation does to them is told as an effect.
    pub(crate) nodes: &'a Nodes,
    pub(crate) effects: Effects,
    /// Whether what the operation writes can be taken back.
    pub(crate) is_guarded: bool,
}

/// The numbers that are left to give out. Blocks of them are reserved in the file, so that most transactions need not
/// write there. A block is dropped when another process has written: numbers grow with time over all processes.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    block: Option<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    last: i64,
    /// What the file says.
    reserved: i64,
}

/// How many numbers are reserved at once.
const BLOCK: i64 = 1000;

/// What an accepted operation changed outside the file. Dropped with the operation if it is refused.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Instances that may have become ready, or ceased to be.
    pub(crate) touched: Vec<i64>,
    /// Instances whose record changed.
    pub(crate) changed: Vec<(InstanceId, Change)>,
    /// Instances that a node owns from the operation on that started them.
    pub(crate) fresh: Vec<Fresh>,
    /// Instances that are stored anew and keep their owner.
    pub(crate) stored: Vec<Head>,
    /// Instances that have got a custom status.
    pub(crate) custom_statuses: Vec<i64>,
    /// Instances that have got a timer.
    pub(crate) timers: Vec<i64>,
    /// Activities that were added to the file, and such that were removed: instance and task.
    pub(crate) ordered: Vec<(i64, i64)>,
    pub(crate) removed: Vec<(i64, i64)>,
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
    /// Timers whose events go to owners of this process at once.
    pub(crate) handed: Vec<Handed>,
    /// Such of them as a turn has taken: instance and number of the message.
    pub(crate) taken: Vec<(i64, i64)>,
    /// How many turns were checked without a look at the file.
    pub(crate) turns_unread: u64,
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
    pub(crate) fn end(&mut self, instance: &InstanceId, ended: Option<Box<Ended>>) {
        self.changed.push((instance.clone(), Change::End(ended)));
    }

    /// Notes the earliest time at which something is due.
    pub(crate) fn due_at(&mut self, due: Timestamp) {
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }
}

impl Sequence {
    /// Reserves more if everything that was reserved is given out. Before the commit, so that no number is given twice.
    pub(crate) fn store(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        if let Some(block) = &mut self.block
            && block.last > block.reserved
        {
            block.reserved = block.last + BLOCK;
            conn.prepare_cached("UPDATE sequence SET value = ?1")?
                .execute([block.reserved])?;
        }
        Ok(())
    }

    /// Drops what is left of the block.
    pub(crate) fn forget(&mut self) {
        self.block = None;
    }
}

impl Tx<'_> {
    /// Makes sure that the operation can be refused from here on although it has written.
    ///
    /// An operation that is refused only before its first write does without: a savepoint copies every page that is
    /// changed after it.
    pub(crate) fn guard(&mut self) -> Result<(), StoreError> {
        if !self.is_guarded {
            self.execute("SAVEPOINT request", [])?;
            self.is_guarded = true;
        }
        Ok(())
    }

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
        let mut block = if let Some(block) = self.sequence.block {
            block
        } else {
            let mut statement = self.conn.prepare_cached("SELECT value FROM sequence")?;
            let reserved = statement.query_row([], |row| row.get(0))?;
            Block {
                last: reserved,
                reserved,
            }
        };
        block.last += 1;
        self.sequence.block = Some(block);
        Ok(block.last)
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
