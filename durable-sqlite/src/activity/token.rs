//! Who owns an activity.

use durable_core::hub::{ActivityKey, Session};
use rusqlite::Connection;

use crate::error::{StoreError, invalid};
use crate::tx::{Tx, row};

/// What a session of an activity stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActivityToken {
    pub(crate) node: i64,
    pub(crate) instance: i64,
    pub(crate) run: i64,
    pub(crate) task: i64,
    pub(crate) epoch: i64,
    pub(crate) key: ActivityKey,
}

impl ActivityToken {
    pub(crate) fn of(session: &Session) -> Result<&Self, StoreError> {
        let token = session.token();
        token
            .ok_or_else(|| invalid("the session is not one of an activity of a SQLite hub".to_owned()).into())
    }

    pub(super) fn stale(&self, current: i64) -> StoreError {
        StoreError::Stale {
            what: format!("activity `{}`", self.key),
            held: self.epoch,
            current,
        }
    }

    /// Refuses unless the session's node still owns the activity.
    ///
    /// What a node of this process runs is known: whatever takes an activity from it tells the writer.
    pub(crate) fn check(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let node = tx.nodes.by_row(self.node);
        let running = node.and_then(|node| node.running.get(&(self.run, self.task)));
        if running.is_some_and(|token| token.epoch == self.epoch) {
            return Ok(());
        }
        self.check_in(tx.conn)
    }

    fn check_in(&self, conn: &Connection) -> Result<(), StoreError> {
        let found: Option<(Option<i64>, i64)> = row(
            conn,
            "SELECT owner, epoch FROM activity WHERE run = ?1 AND task = ?2",
            (self.run, self.task),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        match found {
            Some((owner, epoch)) if owner == Some(self.node) && epoch == self.epoch => Ok(()),
            Some((_, epoch)) => Err(self.stale(epoch)),
            None => Err(self.stale(0)),
        }
    }

    /// Returns whether the session's node still owns the activity.
    pub(crate) fn holds(&self, conn: &Connection) -> Result<bool, StoreError> {
        match self.check_in(conn) {
            Ok(()) => Ok(true),
            Err(StoreError::Stale { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
