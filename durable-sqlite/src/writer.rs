//! The one thread that writes. It takes every request that waits, runs all of them in one transaction, commits, and only
//! then answers: many requests share one write to the disk. A request that is refused leaves the others alone: it is
//! refused before it writes, or what it wrote is taken back to a savepoint.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use durable_core::hub::{ActivityBatch, HubErrorKind, TurnWork, WorkerOffer};
use durable_core::{InstanceId, Timestamp};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{oneshot, watch};

use crate::changes::{Change, Changes};
use crate::checkpoint::Checkpointer;
use crate::clockwork::Alarm;
use crate::code::Codes;
use crate::doorbell::Neighbours;
use crate::error::StoreError;
use crate::fence::Fences;
use crate::fired::TimerPlace;
use crate::node::{ActivityWaiter, LocalNode, NodeKey, Nodes, TurnWaiter};
use crate::operation::{Operation, Step};
use crate::options::SqliteOptions;
use crate::renewal::Renewal;
use crate::stats::Counters;
use crate::syncing::Syncing;
use crate::tx::{Effects, Sequence, Tx};

/// The most requests of one transaction.
pub(crate) const BATCH_MAX: usize = 1024;

/// After how many requests it is looked for timers that have become due meanwhile.
pub(crate) const FIRE_EVERY: usize = 16;

pub(crate) type RequestSender = mpsc::Sender<Request>;

/// Tells a worker that joins its number.
type JoinReply = oneshot::Sender<Result<NodeKey, StoreError>>;

/// What the writer is asked for.
pub(crate) enum Request {
    Run(Box<dyn Operation>),
    Join(WorkerOffer, Renewal, JoinReply),
    Leave(NodeKey, oneshot::Sender<()>),
    /// The worker is gone without leaving: its lease is to run out.
    Forget(NodeKey),
    /// The lease of the worker is not renewed any more.
    Pause(durable_core::WorkerId),
    FetchTurns(NodeKey, TurnWaiter),
    FetchActivities(NodeKey, ActivityWaiter),
    TurnsBack(NodeKey, Vec<TurnWork>),
    ActivitiesBack(NodeKey, ActivityBatch),
    /// Other processes may ring this socket.
    Listen(String),
    /// Something is due.
    Tick,
    /// Another process may have changed the file.
    Look,
    /// The writer has waited long enough without being asked for anything.
    Wake,
    Stop,
}

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

/// What one transaction is about to bring about.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) operations: Vec<Box<dyn Operation>>,
    joins: Vec<(WorkerOffer, Renewal, JoinReply)>,
    leaves: Vec<(NodeKey, oneshot::Sender<()>)>,
    listen: Option<String>,
    pub(crate) tick: bool,
    pub(crate) look: bool,
    requests: u64,
    turns_unread: u64,
    pub(crate) touched: BTreeSet<i64>,
    changed: Vec<(InstanceId, Change)>,
    /// Instances that were started for a node: its row and theirs.
    born: Vec<(i64, i64)>,
    /// Instances of those whose first turn is being made.
    pub(crate) awaited: BTreeSet<i64>,
    /// How many of them made it in time.
    first_turns_joined: u64,
    pub(crate) ring: bool,
    /// What is said to those who wait, once the transaction is stored.
    pub(crate) answers: Vec<Box<dyn FnOnce() + Send>>,
}

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

    /// Returns to the state of the file after a transaction that never began or was given up.
    fn roll_back(&mut self) {
        if !self.conn.is_autocommit() {
            // SQLite has rolled back by itself if this fails.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        self.codes.clear();
        self.fences.forget();
        self.sequence.forget();
    }

    fn transact(&mut self, batch: &mut Batch, requests: &mpsc::Receiver<Request>) -> Result<(), Failure> {
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

    /// Takes over what an accepted operation changed outside the file.
    pub(crate) fn absorb(&mut self, mut effects: Effects, batch: &mut Batch) {
        batch.touched.extend(&effects.touched);
        batch.turns_unread += effects.turns_unread;
        batch.changed.append(&mut effects.changed);
        batch.ring |= effects.ring || !effects.activities.is_empty();
        let turned = effects.stored.iter().map(|head| &head.id);
        for instance in turned.chain(&effects.disowned) {
            batch.first_turns_joined += u64::from(batch.awaited.remove(instance));
        }
        for node in self.nodes.all.values_mut() {
            for instance in &effects.disowned {
                node.lose(*instance);
            }
            for (instance, receipt) in &effects.taken {
                if let Some(owned) = node.owned.get_mut(instance) {
                    owned.fired.remove(receipt);
                }
            }
            for activity in &effects.finished {
                node.running.remove(activity);
            }
            node.scan.blocked |= effects.blocked;
            node.scan.activities |= !effects.activities.is_empty();
        }
        for (owner, run, task) in std::mem::take(&mut effects.cancelled) {
            if let Some(node) = self.nodes.by_row_mut(owner) {
                let token = node.running.remove(&(run, task));
                node.cancels.extend(token.map(|token| token.key));
            } else {
                batch.ring = true;
            }
        }
        for head in std::mem::take(&mut effects.stored) {
            let node = head.owner.and_then(|owner| self.nodes.by_row_mut(owner));
            if let Some(owned) = node.and_then(|node| node.owned.get_mut(&head.id)) {
                owned.stored(head);
            }
        }
        for fresh in std::mem::take(&mut effects.fresh) {
            if let Some(node) = self.nodes.by_row_mut(fresh.node) {
                batch.born.push((fresh.node, fresh.head.id));
                node.take_fresh(fresh);
            }
        }
        // What the same operation has sent to an instance that it started is learnt, too.
        for node in self.nodes.all.values_mut() {
            node.learn(&effects);
        }
        // Before they are handed out: whoever has one may ask.
        let handed = u64::try_from(effects.handed.len()).unwrap_or_default();
        self.outlets.counters.timers_direct.fetch_add(handed, Relaxed);
        for handed in effects.handed {
            if let Some(node) = self.nodes.by_row_mut(handed.node) {
                node.take_fired(handed);
            }
        }
        for token in effects.running {
            if let Some(node) = self.nodes.by_row_mut(token.node) {
                node.running.insert((token.run, token.task), token);
            }
        }
        if let Some(due) = effects.due {
            self.next_due = Some(self.next_due.map_or(due, |known| known.min(due)));
            // One that was past due when it was set stands among those that were looked at.
            self.timers_seen = self.timers_seen.min(TimerPlace::before(due.as_micros()));
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

impl Batch {
    /// Returns whether somebody is told, or relies on, that it is stored.
    fn acknowledges(&self) -> bool {
        !(self.operations.is_empty()
            && self.joins.is_empty()
            && self.leaves.is_empty()
            && self.listen.is_none())
    }

    fn fail(self, kind: HubErrorKind, message: &str) {
        for operation in self.operations {
            operation.fail(kind, message);
        }
        for (_, _, reply) in self.joins {
            let error = durable_core::hub::HubError::new(kind, message);
            let _ = reply.send(Err(error.into()));
        }
    }
}
