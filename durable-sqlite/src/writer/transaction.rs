//! One transaction: its parts in their order, and each request within it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::Instant;

use durable_core::Timestamp;
use rusqlite::ErrorCode;

use super::{Batch, Request, Writer};
use crate::error::StoreError;
use crate::operation::{Operation, Step};
use crate::tx::{Effects, Tx};

/// After how many requests it is looked for timers that have become due meanwhile.
pub(crate) const FIRE_EVERY: usize = 16;

/// Why a transaction was not stored.
pub(crate) enum Failure {
    /// Another process holds the file; the next transaction may succeed.
    Busy(String),
    /// The writer cannot go on.
    Fatal(String),
}

impl From<StoreError> for Failure {
    /// Outside of an operation there is nobody to answer to, so every error ends the writer.
    fn from(error: StoreError) -> Self {
        Self::Fatal(error.into_hub().to_string())
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error.to_string()),
            _ => Self::Fatal(error.to_string()),
        }
    }
}

impl Writer {
    pub(super) fn transact(
        &mut self,
        batch: &mut Batch,
        requests: &mpsc::Receiver<Request>,
    ) -> Result<(), Failure> {
        self.syncing.set(&self.conn, batch.acknowledges())?;
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let now = self.options.clock.now();
        self.notice_others(now, batch)?;
        self.fire_early(now, batch)?;
        self.join_and_leave(now, batch)?;
        self.run_operations(now, batch)?;
        self.upkeep(now, batch)?;
        self.settle(now, batch)?;
        self.hand_out(now, batch)?;
        self.await_first_turns(now, batch, requests)?;
        self.sequence.store(&self.conn)?;
        // A commit that fails may or may not be on the disk: nobody can go on from it, not even if it was busy.
        let begin = Instant::now();
        let committed = self.conn.prepare_cached("COMMIT")?.execute([]);
        committed.map_err(|error| Failure::Fatal(error.to_string()))?;
        self.commit_time = (self.commit_time * 7 + begin.elapsed()) / 8;
        let rows = self.conn.total_changes();
        self.outlets.counters.rows.store(rows, Relaxed);
        Ok(())
    }

    fn run_operations(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), Failure> {
        let mut operations = std::mem::take(&mut batch.operations);
        let ran = operations.chunks_mut(FIRE_EVERY).try_for_each(|some| {
            some.iter_mut()
                .try_for_each(|operation| self.run_operation(operation, now, batch))?;
            Ok(self.fire_early(self.options.clock.now(), batch)?)
        });
        batch.operations = operations;
        ran
    }

    pub(crate) fn run_operation(
        &mut self,
        operation: &mut Box<dyn Operation>,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let before = self.conn.total_changes();
        let ((step, is_guarded), effects) = self.with_tx(now, |tx| (operation.run(tx), tx.is_guarded));
        match step {
            Step::Accepted => self.absorb(effects, batch),
            Step::Refused => {
                if is_guarded {
                    self.conn.prepare_cached("ROLLBACK TO request")?.execute([])?;
                } else if self.conn.total_changes() != before {
                    // Half of it must not be stored, and it cannot be told from what the others wrote.
                    let cause = "an operation was refused after it had written".to_owned();
                    return Err(Failure::Fatal(cause));
                }
                self.codes.clear();
                self.fences.forget();
            }
            Step::Fatal(cause) => return Err(Failure::Fatal(cause)),
        }
        if is_guarded {
            self.conn.prepare_cached("RELEASE request")?.execute([])?;
        }
        Ok(())
    }

    /// Runs something on the open transaction, and returns what it changed outside the file.
    pub(crate) fn with_tx<T>(&mut self, now: Timestamp, run: impl FnOnce(&mut Tx<'_>) -> T) -> (T, Effects) {
        let mut tx = Tx {
            conn: &self.conn,
            now,
            codes: &mut self.codes,
            sequence: &mut self.sequence,
            fences: &mut self.fences,
            nodes: &self.nodes,
            effects: Effects::default(),
            is_guarded: false,
        };
        let result = run(&mut tx);
        (result, tx.effects)
    }

    fn join_and_leave(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), Failure> {
        for (key, reply) in std::mem::take(&mut batch.leaves) {
            self.leave(key, now, batch)?;
            batch.answers.push(Box::new(move || {
                let _ = reply.send(());
            }));
        }
        for (offer, renewal, reply) in std::mem::take(&mut batch.joins) {
            let joined = self.join(offer, renewal, now, batch);
            if let Err(error) = &joined
                && let Some(error) = error.fatal()
            {
                return Err(Failure::Fatal(error.to_string()));
            }
            batch.answers.push(Box::new(move || {
                let _ = reply.send(joined);
            }));
        }
        if let Some(socket) = batch.listen.take() {
            self.listen(socket, now, batch)?;
        }
        Ok(())
    }

    /// Returns to the state of the file after a transaction that never began or was given up.
    pub(super) fn roll_back(&mut self) {
        if !self.conn.is_autocommit() {
            // SQLite has rolled back by itself if this fails.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        self.codes.clear();
        self.fences.forget();
        self.sequence.forget();
    }
}
