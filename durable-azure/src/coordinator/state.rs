//! The whole of what a node holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use durable_core::hub::ActivityKey;
use durable_core::{BuildId, InstanceId, Timestamp};

use super::activity::Activity;
use super::arriving::Arrival;
use super::resident::{MessageId, Resident};
use crate::partition::QueueLease;

use super::wish::{Wish, Wishes};
use super::worker::{Elsewhere, Joined, WorkerKey};

/// What a node holds in memory.
#[derive(Debug)]
pub(crate) struct State {
    /// The present moment, as of the latest look at the clock.
    pub(crate) now: Timestamp,
    /// The latest number that was given out: to workers, residents, messages, activities and timers alike.
    last_number: u64,
    /// The control queues that this node owns and reads.
    pub(crate) partitions: BTreeMap<u32, QueueLease>,
    /// Those of them whose queue has not been found empty since they were claimed: what this node sends goes through the
    /// queue as well, or it would overtake what was sent before.
    pub(crate) undrained: BTreeSet<u32>,
    /// Those of them of which nothing is handed out: what a dead node had is still coming, or the partition is given up.
    pub(crate) closed: BTreeSet<u32>,
    /// Those that are being given up, with the number of the drain.
    drains: BTreeMap<u32, u64>,
    pub(crate) workers: BTreeMap<WorkerKey, Joined>,
    /// The live workers of other nodes, as they were last read.
    pub(crate) elsewhere: Vec<Elsewhere>,
    pub(crate) residents: HashMap<InstanceId, Resident>,
    /// The residents whose inbox is not empty: the only ones that a fetch has to look at.
    pub(crate) with_messages: BTreeSet<InstanceId>,
    /// Messages for instances that are not held, until they have been read.
    pub(crate) arriving: HashMap<InstanceId, Vec<Arrival>>,
    pub(crate) activities: BTreeMap<ActivityKey, Activity>,
    /// Timers that have not fired, by due time, then in the order in which they were set.
    pub(crate) timers: BTreeMap<(Timestamp, u64), Arrival>,
    /// The wishes that this node has stored, by the etag of the commit: it sees to them although the instance may go and come
    /// meanwhile. Those of another node's commit are done when the instance is read.
    pub(crate) pledged: HashMap<InstanceId, (Option<String>, Wishes)>,
    /// What the storage has to do; taken by whoever ends the change.
    pub(crate) effects: Vec<Effect>,
    /// By instance: messages that it can do nothing with yet, and for how long each is hidden.
    pub(crate) early: HashMap<InstanceId, Vec<(MessageId, Duration)>>,
    /// Whose record has changed since it was last said.
    pub(crate) touched: BTreeSet<InstanceId>,
}

/// What has to be done with the storage although nobody asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Read the instance: messages wait for it in [`State::arriving`].
    Load(InstanceId),
    /// Do what the instance, which was just read, wants of its children.
    Fulfil(InstanceId),
    /// Record that a build has had its try with a blocked instance, then grant it.
    GrantTry(InstanceId, BuildId),
    /// The activity was silent for too long: tell the instance, and remove its message.
    Lost(ActivityKey, Option<MessageId>),
    /// The message has had its effect, or never will: remove it.
    Delete(MessageId),
    /// The message is for the node that reads its queue now: put it back.
    PutBack(MessageId),
    /// There are messages in [`State::early`]: see whether what is held of the instance is behind its history, and put them
    /// back.
    TooEarly(InstanceId),
}

/// How far the giving up of a partition is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Something of it is being stored.
    NotYet,
    /// The partition was claimed again meanwhile, or lost.
    Superseded,
    /// Nothing of it is held any more. These are the messages that were, in the order of their delivery.
    Over(Vec<MessageId>),
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: Timestamp::from_micros(0),
            last_number: 0,
            partitions: BTreeMap::new(),
            undrained: BTreeSet::new(),
            closed: BTreeSet::new(),
            drains: BTreeMap::new(),
            workers: BTreeMap::new(),
            elsewhere: Vec::new(),
            residents: HashMap::new(),
            with_messages: BTreeSet::new(),
            arriving: HashMap::new(),
            activities: BTreeMap::new(),
            timers: BTreeMap::new(),
            pledged: HashMap::new(),
            effects: Vec::new(),
            early: HashMap::new(),
            touched: BTreeSet::new(),
        }
    }
}

impl State {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Moves time on: fires the timers that are due, gives up the activities that are silent for too long, and offers what
    /// the workers had whose lease has run out.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let arrival = entry.remove();
            self.deliver(arrival);
        }
        self.lose_silent();
    }

    /// Returns the next moment at which something happens without anybody doing anything.
    pub(crate) fn next_moment(&self) -> Option<Timestamp> {
        let timer = self.timers.keys().next().map(|&(due, _)| due);
        let waiting = self.with_messages.iter().filter_map(|id| self.residents.get(id));
        let starts = waiting.filter_map(|it| it.record.scheduled_start);
        let leases = self.workers.values().filter_map(|worker| worker.lease_until);
        let silences = self.activities.values().filter_map(|activity| activity.lost_at);
        let moments = starts.chain(leases).chain(silences);
        moments.filter(|&moment| moment > self.now).chain(timer).min()
    }

    /// Takes what the storage has to do.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Returns whether what this node sends to a partition is in memory at once.
    pub(crate) fn keeps(&self, partition: u32) -> bool {
        self.partitions.contains_key(&partition) && !self.undrained.contains(&partition)
    }

    /// Takes a partition, or goes on with one. Nothing of a new one is handed out at first if `closed`.
    pub(crate) fn claim(&mut self, partition: u32, lease: QueueLease, closed: bool) {
        let is_new = self.partitions.insert(partition, lease).is_none();
        let was_given_up = self.drains.remove(&partition).is_some();
        if was_given_up {
            self.closed.remove(&partition);
        }
        if is_new {
            self.undrained.insert(partition);
        }
        if is_new && closed {
            self.closed.insert(partition);
        }
    }

    /// Hands out what was collected of a partition, unless it is being given up.
    pub(crate) fn open(&mut self, partition: u32) {
        if !self.drains.contains_key(&partition) {
            self.closed.remove(&partition);
        }
    }

    /// Begins to give a partition up: nothing of it is handed out any more.
    pub(crate) fn begin_drain(&mut self, partition: u32) -> u64 {
        let drain = self.next_number();
        self.drains.insert(partition, drain);
        self.closed.insert(partition);
        drain
    }

    /// Ends a drain once nothing of the partition is being stored.
    pub(crate) fn end_drain(&mut self, partition: u32, drain: u64) -> Drained {
        if self.drains.get(&partition) != Some(&drain) {
            return Drained::Superseded;
        }
        let mut residents = self.residents.values();
        if residents.any(|it| it.partition == partition && it.busy) {
            return Drained::NotYet;
        }
        Drained::Over(self.forget_partition(partition))
    }

    /// Forgets a partition that this node owns no more: whoever held a session of its instances is fenced, and nothing of
    /// it is handed out here again. Returns the messages that were held of it.
    pub(crate) fn forget_partition(&mut self, partition: u32) -> Vec<MessageId> {
        self.partitions.remove(&partition);
        self.undrained.remove(&partition);
        self.closed.remove(&partition);
        self.drains.remove(&partition);
        let gone: Vec<InstanceId> = (self.residents.iter())
            .filter(|(_, resident)| resident.partition == partition)
            .map(|(id, _)| id.clone())
            .collect();
        let mut messages = Vec::new();
        for id in gone {
            messages.extend(self.forget_resident(&id));
        }
        let arriving = self.arriving.extract_if(|_, waiting| {
            let first = waiting.first();
            first.is_some_and(|first| first.partition == partition)
        });
        messages.extend(
            arriving
                .flat_map(|(_, waiting)| waiting)
                .filter_map(|it| it.message),
        );
        let timers = std::mem::take(&mut self.timers);
        for (due, timer) in timers {
            if timer.partition == partition {
                messages.extend(timer.message);
            } else {
                self.timers.insert(due, timer);
            }
        }
        messages
    }

    /// Notes that something is done that an instance wanted.
    pub(crate) fn finish_wish(&mut self, id: &InstanceId, wish: &Wish) {
        let done = std::slice::from_ref(wish);
        if let Some(resident) = self.residents.get_mut(id) {
            resident.wishes.done(done);
        }
        if let Some((_, wishes)) = self.pledged.get_mut(id) {
            wishes.done(done);
        }
    }

    /// Forgets what is held of an instance, and returns the messages that were held for it.
    pub(crate) fn forget_resident(&mut self, id: &InstanceId) -> Vec<MessageId> {
        self.with_messages.remove(id);
        self.touched.insert(id.clone());
        let resident = self.residents.remove(id);
        let waiting = resident.as_ref().map(|resident| resident.inbox.len());
        tracing::trace!(instance = %id, ?waiting, "forgotten");
        let inbox = resident.into_iter().flat_map(|resident| resident.inbox);
        inbox.filter_map(|waiting| waiting.id).collect()
    }

    /// Forgets what is held of an instance that another has changed. While this node reads its partition, what waits for it
    /// is kept, so that it comes in its order when the instance has been read again. Otherwise it is returned, to be put
    /// back for the node that reads the partition now.
    pub(crate) fn forget_stale(&mut self, id: &InstanceId) -> Vec<MessageId> {
        let now = self.now;
        let ours = self.residents.get_mut(id).filter(|resident| {
            let lease = self.partitions.get(&resident.partition);
            lease.is_some_and(|lease| lease.may_take(now))
        });
        let Some(resident) = ours else {
            return self.forget_resident(id);
        };
        let waiting = std::mem::take(&mut resident.inbox);
        let (partition, start_generation) = (resident.partition, resident.start_generation);
        self.forget_resident(id);
        for waiting in waiting.into_iter().filter(|waiting| waiting.id.is_some()) {
            // It is not held any more, so all of them wait until it is.
            self.deliver(Arrival {
                instance: id.clone(),
                partition,
                execution: waiting.message.execution,
                event: waiting.message.event,
                since: waiting.since,
                message: waiting.id,
                cause: waiting.cause,
                dequeued_at: now,
                // Whoever has changed the instance may have had it, too.
                dequeues: 1,
                start_generation,
                carried: waiting.carried,
                // It is not asked for again: its instance has its row.
                policy: None,
            });
        }
        Vec::new()
    }

    /// Forgets an instance that nothing is at hand for: the next message reads it again.
    pub(crate) fn forget_if_idle(&mut self, id: &InstanceId) {
        let owned = |resident: &Resident| self.live_owner(&resident.owner).is_some();
        let is_idle = (self.residents.get(id))
            .is_some_and(|it| it.inbox.is_empty() && !it.busy && (it.is_ended() || !owned(it)));
        if is_idle {
            self.forget_resident(id);
        }
    }
}
