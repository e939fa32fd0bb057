//! The one thread that writes. It takes every request that waits, runs all of them in one transaction, commits, and only
//! then answers: many requests share one write to the disk. A request that is refused leaves the others alone: it is
//! refused before it writes, or what it wrote is taken back to a savepoint.

mod batch;
mod effects;
mod request;
mod transaction;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use durable_core::Timestamp;
use durable_core::hub::HubErrorKind;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::changes::Changes;
use crate::checkpoint::Checkpointer;
use crate::clockwork::Alarm;
use crate::code::Codes;
use crate::doorbell::Neighbours;
use crate::fence::Fences;
use crate::fired::TimerPlace;
use crate::node::{LocalNode, NodeKey, Nodes};
use crate::options::SqliteOptions;
use crate::stats::Counters;
use crate::syncing::Syncing;
use crate::tx::Sequence;

pub(crate) use batch::{BATCH_MAX, Batch};
pub(crate) use request::{Request, RequestSender};
#[cfg(test)]
pub(crate) use transaction::FIRE_EVERY;
pub(crate) use transaction::Failure;

/// Why the writer stopped, once it has.
pub(crate) type Cause = Arc<OnceLock<String>>;

/// What the writer tells others.
#[derive(Debug, Clone)]
pub(crate) struct Outlets {
    pub(crate) changes: Arc<Changes>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) cause: Cause,
    /// For a clock that is not the machine's.
    pub(crate) alarm: Option<Arc<watch::Sender<Alarm>>>,
    pub(crate) checkpointer: Checkpointer,
}

/// The state of the writer's thread.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) options: SqliteOptions,
    pub(crate) requests: RequestSender,
    pub(crate) outlets: Outlets,
    pub(crate) codes: Codes,
    pub(crate) fences: Fences,
    pub(crate) sequence: Sequence,
    pub(crate) nodes: Nodes,
    pub(crate) last_node_key: u64,
    pub(crate) neighbours: Neighbours,
    pub(crate) data_version: Option<i64>,
    /// Another process wrote, and those who wait for changes have not been told.
    pub(crate) unpublished: bool,
    pub(crate) next_due: Option<Timestamp>,
    /// Timers up to here have fired, or their owners have them.
    pub(crate) timers_seen: TimerPlace,
    pub(crate) next_expiry: Option<Timestamp>,
    pub(crate) renew_at: Option<Timestamp>,
    /// When it was looked last for what other processes wrote.
    pub(crate) looked: Instant,
    pub(crate) syncing: Syncing,
    /// How long a commit took of late.
    pub(crate) commit_time: Duration,
    /// A request that came during a transaction and is none for it.
    pub(crate) deferred: Option<Request>,
}

impl Writer {
    /// Serves requests until it is told to stop or the file fails. Never ends without leaving the cause.
    pub(crate) fn run(mut self, requests: &mpsc::Receiver<Request>) {
        let outlets = self.outlets.clone();
        let served = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.serve(requests)));
        let cause = match served {
            Ok(cause) => cause,
            Err(_) => "its writer panicked".to_owned(),
        };
        // The cause is there before the answers that fail for it.
        let _ = outlets.cause.set(cause);
        drop(self);
        outlets.changes.publish_all();
    }

    fn serve(&mut self, requests: &mpsc::Receiver<Request>) -> String {
        let closed = || "it was closed".to_owned();
        loop {
            let Some(first) = self.next_request(requests) else {
                return closed();
            };
            let mut batch = Batch::default();
            let mut stop = self.accept(&mut batch, first);
            for request in requests.try_iter().take(BATCH_MAX - 1) {
                stop |= self.accept(&mut batch, request);
            }
            self.look_in_time(&mut batch);
            if let Err(cause) = self.store(batch, requests) {
                tracing::error!(path = %self.options.path.display(), %cause, "the hub stopped");
                return cause;
            }
            if stop {
                return closed();
            }
            if self.outlets.checkpointer.is_behind() {
                self.outlets.checkpointer.run(&self.conn);
            }
        }
    }

    /// Sorts a request into the batch. What needs no transaction is done here. Returns whether to stop.
    pub(crate) fn accept(&mut self, batch: &mut Batch, request: Request) -> bool {
        batch.requests += 1;
        match request {
            Request::Run(operation) => batch.operations.push(operation),
            Request::Join(offer, renewal, reply) => batch.joins.push((offer, renewal, reply)),
            Request::Leave(key, reply) => batch.leaves.push((key, reply)),
            Request::Listen(socket) => {
                batch.listen = Some(socket);
                // Nobody rang for what was stored before the socket was known, and somebody may wait for it by now.
                batch.look = true;
            }
            Request::Tick => batch.tick = true,
            Request::Look => batch.look = true,
            Request::Wake => batch.tick |= self.is_due(),
            Request::Stop => return true,
            Request::Forget(key) => {
                // Those who fetch from a node that is gone are told so by the end of their channel.
                self.nodes.all.remove(&key);
                // Timers that it was given and has not taken.
                self.timers_seen = TimerPlace::START;
                // Its lease is watched from now on as that of any other process is.
                self.next_expiry = Some(Timestamp::from_micros(0));
                batch.tick |= !self.nodes.all.is_empty();
            }
            Request::Pause(worker) => {
                self.nodes.pause(&worker);
                self.next_expiry = Some(Timestamp::from_micros(0));
            }
            Request::FetchTurns(key, waiter) => {
                self.with_node(key, |node| node.turn_waiters.push_back(waiter));
            }
            Request::FetchActivities(key, waiter) => {
                self.with_node(key, |node| node.activity_waiters.push_back(waiter));
            }
            Request::TurnsBack(key, works) => self.with_node(key, |node| node.take_turns_back(works)),
            Request::ActivitiesBack(key, batch) => {
                self.with_node(key, |node| node.take_activities_back(batch));
            }
        }
        false
    }

    fn with_node(&mut self, key: NodeKey, change: impl FnOnce(&mut LocalNode)) {
        if let Some(node) = self.nodes.all.get_mut(&key) {
            change(node);
        }
    }

    /// Runs a batch in one transaction and answers. An error is the cause for which the writer stops.
    fn store(&mut self, mut batch: Batch, requests: &mpsc::Receiver<Request>) -> Result<(), String> {
        self.outlets.counters.requests.fetch_add(batch.requests, Relaxed);
        let looks = batch.look && self.others_wrote();
        if !(batch.acknowledges() || batch.tick || looks || self.nodes.all.values().any(LocalNode::is_hungry))
        {
            return Ok(());
        }
        match self.transact(&mut batch, requests) {
            Ok(()) => {
                self.outlets.counters.commits.fetch_add(1, Relaxed);
                self.answer(batch);
                Ok(())
            }
            Err(Failure::Busy(cause)) => {
                let message = format!("the hub is busy: another process holds it ({cause})");
                batch.fail(HubErrorKind::Unavailable, &message);
                self.roll_back();
                self.set_alarm(true);
                Ok(())
            }
            Err(Failure::Fatal(cause)) => {
                // Before anyone is answered, so that whoever asks again is told the same.
                let _ = self.outlets.cause.set(cause.clone());
                let message = format!("the hub `{}` stopped: {cause}", self.options.path.display());
                batch.fail(HubErrorKind::Closed, &message);
                Err(cause)
            }
        }
    }

    /// Tells everyone concerned, after the transaction was stored.
    fn answer(&mut self, batch: Batch) {
        let counters = &self.outlets.counters;
        let taken = u64::try_from(batch.born.len()).unwrap_or_default();
        counters.starts_taken.fetch_add(taken, Relaxed);
        counters.turns_unread.fetch_add(batch.turns_unread, Relaxed);
        counters
            .first_turns_joined
            .fetch_add(batch.first_turns_joined, Relaxed);
        // Before whoever started them hears of it and waits for their end.
        for (node, instance) in batch.born {
            let owned = self
                .nodes
                .by_row_mut(node)
                .and_then(|node| node.owned.get_mut(&instance));
            if let Some(known) = owned.and_then(|owned| owned.known.as_mut()) {
                known.alive = Some(self.outlets.changes.show_alive(&known.head));
            }
        }
        for operation in batch.operations {
            operation.answer();
        }
        for answer in batch.answers {
            answer();
        }
        self.outlets.changes.publish(batch.changed);
        if batch.ring {
            self.neighbours.ring();
        }
        if batch.look && std::mem::take(&mut self.unpublished) {
            // What another process changed is not known by name.
            self.outlets.changes.publish_all();
        }
        self.recall_timers();
        self.set_alarm(batch.tick);
    }
}
