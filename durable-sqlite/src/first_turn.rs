//! First turns: made while the start of their instance is being stored, and stored with it.
//!
//! A worker that waits is handed a new instance before the transaction of its start is stored. What a turn sends is in
//! its commit, and that reaches the file after the start or not at all, so no more can be lost than a turn that is made
//! again. (A closure of `side_effect` runs in the turn, and so runs again with it, as after any crash.) The writer waits for that commit at most as long as the disk lately took for one: if the
//! turn comes, a whole write to the disk is saved; if it does not, no more was lost than that.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::Instant;

use durable_core::Timestamp;

use crate::writer::{BATCH_MAX, Batch, Failure, Request, Writer};

impl Writer {
    /// Takes what comes in while first turns are being made into the present transaction.
    pub(crate) fn await_first_turns(
        &mut self,
        now: Timestamp,
        batch: &mut Batch,
        requests: &mpsc::Receiver<Request>,
    ) -> Result<(), Failure> {
        // There is a start, so the transaction is synced; but what joins is acknowledged, and relies on it.
        if !self.syncing.may_acknowledge() {
            return Ok(());
        }
        let deadline = Instant::now() + self.commit_time;
        while !batch.awaited.is_empty() && self.deferred.is_none() && batch.operations.len() < BATCH_MAX {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(first) = requests.recv_timeout(left) else {
                return Ok(());
            };
            self.take_in(first, now, batch)?;
            for request in requests.try_iter().take(BATCH_MAX) {
                self.take_in(request, now, batch)?;
                if self.deferred.is_some() {
                    break;
                }
            }
            self.settle(now, batch)?;
            self.hand_out(now, batch)?;
        }
        Ok(())
    }

    /// Takes one request into the present transaction, or leaves it for the next.
    fn take_in(&mut self, request: Request, now: Timestamp, batch: &mut Batch) -> Result<(), Failure> {
        match request {
            Request::Run(_)
            | Request::FetchTurns(..)
            | Request::FetchActivities(..)
            | Request::TurnsBack(..)
            | Request::ActivitiesBack(..) => {
                let known = batch.operations.len();
                self.outlets.counters.requests.fetch_add(1, Relaxed);
                self.accept(batch, request);
                if batch.operations.len() == known {
                    return Ok(());
                }
                let Some(mut operation) = batch.operations.pop() else {
                    return Ok(());
                };
                let ran = self.run_operation(&mut operation, now, batch);
                batch.operations.push(operation);
                ran
            }
            // They concern more than this transaction.
            Request::Join(..)
            | Request::Leave(..)
            | Request::Forget(_)
            | Request::Pause(_)
            | Request::Listen(_)
            | Request::Tick
            | Request::Look
            | Request::Wake
            | Request::Stop => {
                self.deferred = Some(request);
                Ok(())
            }
        }
    }
}
