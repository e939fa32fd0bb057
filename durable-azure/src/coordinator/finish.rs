//! What was stored takes effect on what is held.

use std::collections::{HashSet, VecDeque};

use durable_core::history::Event;
use durable_core::hub::{ActivityDemand, ActivityKey, ActivityWork, InstanceRecord, MessageReceipt};
use durable_core::{BuildId, InstanceId};

use super::arriving::Arrival;
use super::commit::Settled;
use super::resident::{Block, Sent};
use super::state::{Effect, State};
use super::wish::Wish;
use super::worker::{WorkerKey, offers};

/// What a turn that was stored does to what is held of its instance.
#[derive(Debug)]
pub(crate) struct AppliedTurn {
    /// The record as it is now.
    pub(crate) record: InstanceRecord,
    /// The etag of its row; `None` if the row does not say what the record says.
    pub(crate) row_etag: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) consumed: Vec<MessageReceipt>,
    pub(crate) sent: Vec<Sent>,
    /// What the sentinel tells of wishes now, if that is new.
    pub(crate) wishes: Option<Vec<Wish>>,
    /// What the next execution begins with, if the turn continued as new.
    pub(crate) next: Option<Vec<Arrival>>,
}

impl State {
    /// Lets a stored turn take effect on its instance. What it consumed is removed from the queues.
    pub(crate) fn finish_turn(&mut self, id: &InstanceId, turn: AppliedTurn) {
        let Some(resident) = self.residents.get_mut(id) else {
            // The partition was lost while the turn was stored. What the next execution begins with goes to its reader.
            for arrival in turn.next.into_iter().flatten() {
                self.deliver(arrival);
            }
            return;
        };
        resident.busy = false;
        resident.row_etag = turn.row_etag;
        resident.etag = turn.etag;
        resident.wishes.stored(turn.wishes);
        if resident.wishes.open().is_empty() || turn.record.status.is_ended() {
            self.pledged.remove(id);
        } else {
            let pledged = (resident.etag.clone(), resident.wishes.clone());
            self.pledged.insert(id.clone(), pledged);
        }
        resident.block = Block::default();
        resident.history = None;
        let consumed: HashSet<MessageReceipt> = turn.consumed.into_iter().collect();
        let mut gone = Vec::new();
        let settled = &mut resident.settled;
        resident.inbox.retain(|waiting| {
            let is_consumed = consumed.contains(&waiting.message.receipt);
            if is_consumed {
                settled.extend(waiting.known_by());
                gone.extend(waiting.id.clone());
            }
            !is_consumed
        });
        let old = resident.record.execution.clone();
        if let Some(next) = turn.next {
            gone.extend(resident.replace_execution(&turn.record.execution, VecDeque::new()));
            resident.rewound.clear();
            resident.foreign_rows = 0;
            resident.record = turn.record;
            let kept = std::mem::take(&mut resident.inbox);
            for arrival in next {
                let receipt = MessageReceipt(self.next_number());
                if let Some(resident) = self.residents.get_mut(id) {
                    resident.put_into_inbox(receipt, arrival, false);
                }
            }
            if let Some(resident) = self.residents.get_mut(id) {
                resident.inbox.extend(kept);
            }
            self.drop_outstanding(id, &old);
        } else {
            resident.record = turn.record;
            for event in &turn.events {
                resident.tasks.note(&event.kind);
            }
            for task in turn.sent.iter().filter_map(|sent| sent.task) {
                resident.tasks.note_sent(task);
            }
            resident.sent = turn.sent;
        }
        self.effects.extend(gone.into_iter().map(Effect::Delete));
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Lets the end of an instance take effect: nothing of it is outstanding, and nobody owns it.
    pub(crate) fn finish_ended(&mut self, id: &InstanceId) {
        let Some(resident) = self.residents.get_mut(id).filter(|it| it.is_ended()) else {
            return;
        };
        resident.owner.revoke();
        let execution = resident.execution().clone();
        let unread = resident.empty_inbox();
        self.effects.extend(unread.into_iter().map(Effect::Delete));
        self.drop_outstanding(id, &execution);
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Removes an activity whose end is stored, and its message. There may be none: the turn may have ended the execution,
    /// and the message has gone with what was outstanding. Another with its key that was added since stays.
    pub(crate) fn finish_activity(&mut self, settled: &Settled) {
        let activity = self.activities.get(&settled.key);
        if activity.is_some_and(|activity| activity.message == settled.message) {
            self.activities.remove(&settled.key);
            self.effects.extend(settled.message.clone().map(Effect::Delete));
        }
    }

    /// Lets a change take effect that no turn has made, and takes the instance from its owner.
    pub(crate) fn finish_change(
        &mut self,
        id: &InstanceId,
        record: InstanceRecord,
        etag: Option<String>,
        events: &[Event],
    ) {
        let Some(resident) = self.residents.get_mut(id) else {
            return;
        };
        resident.busy = false;
        resident.record = record;
        resident.row_etag = None;
        resident.etag = etag;
        resident.block = Block::default();
        resident.history = None;
        for event in events {
            resident.tasks.note(&event.kind);
        }
        resident.disown();
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Lifts a block. The owner stays the owner.
    pub(crate) fn finish_unblocked(&mut self, id: &InstanceId) {
        if let Some(resident) = self.residents.get_mut(id) {
            resident.busy = false;
            resident.row_etag = None;
            resident.record.blocked = None;
            resident.block = Block::default();
            self.touched.insert(id.clone());
        }
    }

    /// Records that a turn was blocked: the ownership ends, and nothing is consumed.
    pub(crate) fn finish_blocked(&mut self, id: &InstanceId, record: InstanceRecord, build: BuildId) {
        if let Some(resident) = self.residents.get_mut(id) {
            resident.busy = false;
            resident.row_etag = None;
            resident.record = record;
            resident.block.tried.insert(build);
            resident.disown();
            self.touched.insert(id.clone());
        }
    }

    /// Keeps the set of residents with messages true for one of them.
    pub(crate) fn settle_messages(&mut self, id: &InstanceId) {
        let has_messages = self.residents.get(id).is_some_and(|it| !it.inbox.is_empty());
        if has_messages {
            self.with_messages.insert(id.clone());
        } else {
            self.with_messages.remove(id);
        }
    }

    /// Hands the turn's own activities to the worker that committed it, as far as it has room and offers them.
    pub(crate) fn dispatch_eagerly(
        &mut self,
        worker: WorkerKey,
        scheduled: &[ActivityKey],
        eager: ActivityDemand,
    ) -> Vec<ActivityWork> {
        let Some(offered) = self.workers.get(&worker).map(|it| it.offer.activities.clone()) else {
            return Vec::new();
        };
        let wanted: Vec<ActivityKey> = (scheduled.iter())
            .filter(|key| {
                let order = self.activities.get(key).map(|activity| &activity.order);
                order.is_some_and(|order| offers(&offered, &order.name, &order.version))
            })
            .cloned()
            .collect();
        self.hand_out_activities(&wanted, worker, eager)
    }

    /// Ends the ownership if the worker gives it up, can do nothing with it since the instance changed version, or if it
    /// has ended.
    pub(crate) fn settle_ownership(&mut self, worker: WorkerKey, id: &InstanceId, release: bool) {
        let Some(resident) = self.residents.get_mut(id) else {
            return;
        };
        let record = &resident.record;
        let takes = (self.workers.get(&worker)).is_some_and(|it| it.takes(&record.name, &record.version));
        if resident.owner.worker == Some(worker) && (release || !takes) {
            resident.disown();
        }
    }
}
