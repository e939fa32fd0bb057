//! Moving the log into the file, by a thread and connection of its own, so that no commit waits for it.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Receiver;

use durable_core::hub::HubError;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::error::of_sqlite;
use crate::options::SqliteOptions;
use crate::schema;
use crate::stats::Counters;

/// How many bytes the log grows by from one checkpoint to the next.
const BYTES_BETWEEN: u32 = 4 << 20;
/// How long the log may be, in bytes, before the writer pauses for a checkpoint, and how long it is left on the disk.
pub(crate) const LOG_MAX: i64 = 64 << 20;

/// Tells the thread when to work.
#[derive(Debug, Clone)]
pub(crate) struct Checkpointer {
    behind: Arc<AtomicBool>,
    counters: Arc<Counters>,
    page_size: u32,
}

impl Checkpointer {
    /// Starts the thread, and has SQLite nudge it after transactions of the connection that writes. It ends with that.
    pub(crate) fn start(
        writer: &mut Connection,
        options: &SqliteOptions,
        counters: &Arc<Counters>,
    ) -> Result<(Self, std::thread::JoinHandle<()>), HubError> {
        let conn = schema::open_reader(options)?;
        let page_size = schema::page_size(&conn, options)?;
        // One nudge waits while another is served; more would say nothing new.
        let (nudge, nudges) = std::sync::mpsc::sync_channel(1);
        let mut growth = Growth::new(page_size);
        let noted = writer.wal_hook(Some(move |_: &mut Wal, pages: c_int| {
            if growth.is_enough_at(u32::try_from(pages).unwrap_or_default()) {
                // A full channel means that a checkpoint is about to begin anyway.
                let _ = nudge.try_send(());
            }
            Ok(())
        }));
        noted.map_err(|error| of_sqlite("watching the log", error))?;
        let checkpointer = Self {
            behind: Arc::default(),
            counters: Arc::clone(counters),
            page_size,
        };
        let (counters, behind) = (Arc::clone(counters), Arc::clone(&checkpointer.behind));
        let thread = crate::hub::spawn("durable-checkpoint", move || {
            serve((&conn, page_size), &nudges, &counters, &behind);
        })?;
        Ok((checkpointer, thread))
    }

    /// Returns whether the writer never pauses long enough for the thread to get through.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind.load(Relaxed)
    }

    /// Makes a checkpoint on the caller's connection, which must be the one that writes.
    pub(crate) fn run(&self, conn: &Connection) {
        // After a failure it is the thread's turn again, so that the writer does not try with every transaction.
        let log = checkpoint((conn, self.page_size), &self.counters);
        self.behind.store(log.is_some_and(Log::must_pause), Relaxed);
    }
}

/// By how much the log has grown since the latest nudge. In pages.
#[derive(Debug)]
struct Growth {
    nudged_at: u32,
    between: u32,
}

impl Growth {
    fn new(page_size: u32) -> Self {
        Self {
            nudged_at: 0,
            between: BYTES_BETWEEN / page_size.max(1),
        }
    }

    /// Takes the log's length after a transaction, and returns whether it is time for a checkpoint.
    fn is_enough_at(&mut self, length: u32) -> bool {
        if length < self.nudged_at {
            // It has begun anew.
            self.nudged_at = 0;
        }
        let is_enough = length - self.nudged_at >= self.between;
        if is_enough {
            self.nudged_at = length;
        }
        is_enough
    }
}

fn serve(file: (&Connection, u32), nudges: &Receiver<()>, counters: &Counters, behind: &AtomicBool) {
    while nudges.recv().is_ok() {
        let mut rest = i64::MAX;
        // The writer is about to make one, and would be refused during another.
        while !behind.load(Relaxed) {
            let Some(log) = checkpoint(file, counters) else {
                break;
            };
            // What the writer has to move while everybody waits for it is made as little as it can be.
            let shrinks = log.rest() < rest / 2;
            rest = log.rest();
            behind.store(log.must_pause() && !shrinks, Relaxed);
            if !log.must_pause() {
                break;
            }
        }
    }
}

/// How long the log is, and how much of it is in the file, in bytes.
#[derive(Debug, Clone, Copy)]
struct Log {
    length: i64,
    moved: i64,
}

impl Log {
    fn rest(self) -> i64 {
        self.length - self.moved
    }

    /// Returns whether the log is too long and does not begin anew by itself: it does so once all of it is in the file,
    /// and a writer that never pauses has always written some more. What is read has to be looked for in all of the log.
    fn must_pause(self) -> bool {
        self.rest() > 0 && self.length > LOG_MAX
    }
}

/// Moves what can be moved. Nothing is known if that fails, or while another checkpoint is being made.
fn checkpoint((conn, page_size): (&Connection, u32), counters: &Counters) -> Option<Log> {
    let moved = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    let (log, error) = match moved {
        Ok((log, moved)) => {
            counters.checkpoints.fetch_add(1, Relaxed);
            let bytes = |pages: i64| pages.saturating_mul(i64::from(page_size));
            let (length, moved) = (bytes(log), bytes(moved));
            ((log >= 0).then_some(Log { length, moved }), None)
        }
        Err(error) => {
            tracing::error!(%error, "a checkpoint failed; the log grows until one succeeds");
            (None, Some(error.to_string()))
        }
    };
    let mut shown = counters
        .checkpoint_error
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    *shown = error;
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_due_whenever_the_log_has_grown_by_enough_however_many_transactions_that_are() {
        let mut growth = Growth::new(1024);
        let between = BYTES_BETWEEN / 1024;
        // One that is large, none that is small, several that are together.
        let lengths = [between, between + 1, 2 * between - 1, 2 * between];
        assert_eq!(
            lengths.map(|at| growth.is_enough_at(at)),
            [true, false, false, true]
        );
        // The log begins anew, shorter than before, and with a large transaction.
        assert!(!growth.is_enough_at(between - 1));
        assert!(growth.is_enough_at(between));
        assert!(growth.is_enough_at(5 * between));
        assert!(growth.is_enough_at(2 * between));
    }

    #[test]
    fn the_writer_pauses_for_a_long_log_of_which_ever_so_little_is_left() {
        let must_pause = |length, moved| Log { length, moved }.must_pause();
        assert!(must_pause(LOG_MAX + 1, LOG_MAX));
        assert!(must_pause(10 * LOG_MAX, 0));
        // It begins anew with the next transaction.
        assert!(!must_pause(LOG_MAX + 1, LOG_MAX + 1));
        assert!(!must_pause(LOG_MAX, 0));
    }
}
