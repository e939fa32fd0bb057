//! Which transactions wait for the disk: those with something that is acknowledged to whoever asked for it.
//!
//! The writer's own doing need not survive a power failure: renewed leases, fired timers, and who owns what that is handed
//! out. No process survives one either, the file then has what came before, and it is done again. What follows from it and
//! is acknowledged comes later in the log, whose sync is one of everything before.

use rusqlite::Connection;

use crate::options::{SqliteOptions, Synchronous};

/// How the connection that writes is set.
#[derive(Debug)]
pub(crate) struct Syncing {
    /// Whether anything is synced at all before a checkpoint.
    is_full: bool,
    /// Whether the next transaction is.
    is_on: bool,
}

impl Syncing {
    pub(crate) fn new(options: &SqliteOptions) -> Self {
        let is_full = match options.synchronous {
            Synchronous::Full => true,
            Synchronous::Normal => false,
        };
        Self {
            is_full,
            is_on: is_full,
        }
    }

    /// Returns whether the present transaction may take in more that is acknowledged.
    pub(crate) fn may_acknowledge(&self) -> bool {
        self.is_on == self.is_full
    }

    /// Has the next transaction synced if it acknowledges something. Only between transactions.
    pub(crate) fn set(&mut self, conn: &Connection, acknowledges: bool) -> rusqlite::Result<()> {
        if !self.is_full || self.is_on == acknowledges {
            return Ok(());
        }
        // Takes effect when it is compiled, so it cannot be kept.
        conn.execute_batch(if acknowledges {
            "PRAGMA synchronous = FULL"
        } else {
            "PRAGMA synchronous = NORMAL"
        })?;
        self.is_on = acknowledges;
        Ok(())
    }
}
