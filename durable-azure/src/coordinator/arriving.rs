//! How messages reach an instance.

use std::time::Duration;

use durable_core::history::{ChildPolicy, Event, EventKind};
use durable_core::hub::{Message, MessageReceipt};
use durable_core::{ExecutionId, InstanceId, TaskId, Timestamp};

use super::changes::Changes;
use super::resident::{MessageId, Resident, Waiting};
use super::state::{Effect, State};
use crate::backoff::{abandon_delay, early_delay};
use crate::dequeue::{Explains, Place, place};

/// A start that was put back so often is given up (DTFx: the same).
const LAST_DELIVERY: u32 = 10;

/// A message on its way to an instance of an owned partition.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) instance: InstanceId,
    pub(crate) partition: u32,
    /// The execution it is for; `None` for any.
    pub(crate) execution: Option<ExecutionId>,
    pub(crate) event: Event,
    /// When it became ready.
    pub(crate) since: Timestamp,
    /// The message of the queue that it is.
    pub(crate) message: Option<MessageId>,
    /// What caused it, if that may put it twice: of two messages with one cause one has an effect.
    pub(crate) cause: Option<MessageId>,
    /// When it came out of the queue, by the service's clock; when it was sent, if it is this node's own.
    pub(crate) dequeued_at: Timestamp,
    /// How often it came out of a queue: if at all, it may have come before, or come too early.
    pub(crate) dequeues: u32,
    /// Which start of the id it is, if it is one of a client.
    pub(crate) start_generation: Option<i32>,
    /// Whether continue-as-new carried it over: it is delivered before what is not carried.
    pub(crate) carried: bool,
    /// What becomes of the child that it starts with its parent, if one of us sent it.
    pub(crate) policy: Option<ChildPolicy>,
}

impl Arrival {
    /// Returns for how long it is hidden if its instance can do nothing with it yet. A start is given up by how often it
    /// came, and so waits as long as the framework has it wait.
    pub(crate) fn pause(&self) -> Duration {
        match self.event.kind {
            EventKind::ExecutionStarted(_) => abandon_delay(self.dequeues),
            _ => early_delay(self.dequeues),
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It is in the inbox.
    Accepted,
    /// It waits: until the instance has been read, or as it did before.
    Waits,
    /// It is for a partition that this node does not own any more: its message is put back for the node that does.
    Elsewhere,
    /// It never has an effect: its message is removed.
    Dropped,
    /// It answers what the history does not tell of yet, or begins an execution that is not current yet: its message is put
    /// back.
    TooEarly,
}

impl State {
    /// Brings a message to its instance, or has it removed or put back.
    pub(crate) fn deliver(&mut self, arrival: Arrival) -> Delivered {
        if !self.partitions.contains_key(&arrival.partition) {
            // Given away or lost while the message was put: kept here, it would be hidden from its reader for good.
            self.pass_on(arrival);
            return Delivered::Elsewhere;
        }
        let id = arrival.instance.clone();
        let Some(resident) = self.residents.get_mut(&id) else {
            let waiting = self.arriving.entry(id.clone()).or_default();
            if waiting.is_empty() {
                self.effects.push(Effect::Load(id));
            }
            let is_there =
                arrival.message.is_some() && waiting.iter().any(|it| it.message == arrival.message);
            if !is_there {
                waiting.push(arrival);
            }
            return Delivered::Waits;
        };
        let answer = resident.place(&arrival);
        let (message, kind, dequeues) = (&arrival.message, &arrival.event.kind, arrival.dequeues);
        let event = (kind.name(), kind.answered());
        tracing::trace!(?message, to = %id, ?event, dequeues, placed = ?answer, "delivered");
        match answer {
            Delivered::Accepted => {
                let receipt = MessageReceipt(self.next_number());
                let is_collected = self.closed.contains(&arrival.partition);
                if let Some(resident) = self.residents.get_mut(&id) {
                    resident.put_into_inbox(receipt, arrival, is_collected);
                }
                self.with_messages.insert(id.clone());
                self.touched.insert(id);
            }
            Delivered::Dropped => self.effects.extend(arrival.message.map(Effect::Delete)),
            Delivered::TooEarly => self.put_back_early(id, arrival),
            Delivered::Waits | Delivered::Elsewhere => {}
        }
        answer
    }

    /// Has a message put back that came too early. However many there are, their instance is looked at once for all.
    fn put_back_early(&mut self, id: InstanceId, arrival: Arrival) {
        let pause = arrival.pause();
        let Some(message) = arrival.message else { return };
        let early = self.early.entry(id.clone()).or_default();
        if early.is_empty() {
            self.effects.push(Effect::TooEarly(id));
        }
        early.push((message, pause));
    }

    /// Sets a timer, or fires it if it is due.
    pub(crate) fn set_timer(&mut self, due: Timestamp, arrival: Arrival) -> Delivered {
        if due <= self.now {
            return self.deliver(arrival);
        }
        if !self.partitions.contains_key(&arrival.partition) {
            self.pass_on(arrival);
            return Delivered::Elsewhere;
        }
        let number = self.next_number();
        self.timers.insert((due, number), arrival);
        Delivered::Waits
    }

    /// Has a message put back, for whoever reads its queue.
    fn pass_on(&mut self, arrival: Arrival) {
        self.effects.extend(arrival.message.map(Effect::PutBack));
    }

    /// Removes the timers for which `unwanted` says so, with their messages.
    pub(crate) fn drop_timers(&mut self, unwanted: impl Fn(&Arrival) -> bool) {
        let dropped = self.timers.extract_if(.., |_, timer| unwanted(timer));
        let messages = dropped.filter_map(|(_, timer)| timer.message);
        self.effects.extend(messages.map(Effect::Delete));
    }

    /// Makes an instance that was read one of those that are held, and brings it what has waited for it. One that is held
    /// already stays as it is. One whose partition this node does not own any more is not held.
    pub(crate) fn install(&mut self, mut resident: Resident) {
        let id = resident.record.instance.clone();
        if !self.partitions.contains_key(&resident.partition) {
            for arrival in self.take_arriving(&id) {
                self.pass_on(arrival);
            }
            return;
        }
        resident.number = self.next_number();
        match self.pledged.get(&id) {
            Some((etag, wishes)) if *etag == resident.etag => resident.wishes = wishes.clone(),
            _ if resident.wishes.open().is_empty() => {}
            _ => self.effects.push(Effect::Fulfil(id.clone())),
        }
        self.residents.entry(id.clone()).or_insert(resident);
        self.touched.insert(id.clone());
        for arrival in self.arriving.remove(&id).unwrap_or_default() {
            self.deliver(arrival);
        }
    }

    /// Takes what waits for an instance that does not exist.
    pub(crate) fn take_arriving(&mut self, id: &InstanceId) -> Vec<Arrival> {
        self.arriving.remove(id).unwrap_or_default()
    }
}

impl Resident {
    /// Says what becomes of a message.
    fn place(&self, arrival: &Arrival) -> Delivered {
        let mut ids = arrival.message.iter().chain(&arrival.cause);
        let has_come = ids.any(|id| self.settled.contains(id));
        if has_come || self.is_ended() {
            return Delivered::Dropped;
        }
        if arrival.dequeues > 0 && self.holds(arrival.message.as_ref()) {
            // The partition was lost and regained: that the message is in hand was forgotten, and it came again.
            return Delivered::Waits;
        }
        if self.holds_one_of(arrival.cause.as_ref()) {
            return Delivered::Dropped;
        }
        let is_start = matches!(arrival.event.kind, EventKind::ExecutionStarted(_));
        if !self.accepts(arrival.execution.as_ref()) {
            // The start of an execution that is not current yet, or never will be.
            let may_come = is_start && (1..LAST_DELIVERY).contains(&arrival.dequeues);
            return if may_come {
                Delivered::TooEarly
            } else {
                Delivered::Dropped
            };
        }
        if is_start && self.has_beginning() {
            return Delivered::Dropped;
        }
        let Some(task) = arrival.event.kind.answered() else {
            return Delivered::Accepted;
        };
        if self.tasks.is_answered(task) || self.has_answer(task) {
            return Delivered::Dropped;
        }
        match place(task, arrival.dequeues, self) {
            Place::InOrder => Delivered::Accepted,
            Place::Zombie => Delivered::Dropped,
            Place::TooEarly => Delivered::TooEarly,
        }
    }

    fn holds(&self, message: Option<&MessageId>) -> bool {
        message.is_some() && self.inbox.iter().any(|waiting| waiting.id.as_ref() == message)
    }

    /// Returns whether another message with that cause waits.
    fn holds_one_of(&self, cause: Option<&MessageId>) -> bool {
        cause.is_some() && self.inbox.iter().any(|waiting| waiting.cause.as_ref() == cause)
    }

    pub(super) fn put_into_inbox(&mut self, receipt: MessageReceipt, arrival: Arrival, is_collected: bool) {
        let is_first =
            matches!(arrival.event.kind, EventKind::ExecutionStarted(_)) && self.record.event_count == 0;
        if let EventKind::ExecutionStarted(started) = &arrival.event.kind
            && is_first
            && started.generation > self.record.generation
        {
            // The execution before was continued by a node that died before it wrote the row.
            self.record.continue_with(started);
            self.row_etag = None;
        }
        let waiting = Waiting {
            message: Message {
                receipt,
                // What was carried over is for any execution, once the one that it was carried into is current.
                execution: arrival.execution.filter(|_| !arrival.carried),
                event: arrival.event,
            },
            id: arrival.message,
            cause: arrival.cause,
            since: arrival.since,
            carried: arrival.carried,
            handed_out: false,
        };
        // However the queue sorted them: an execution begins with its first event, then comes what was carried over.
        let place = if is_first {
            0
        } else if arrival.carried {
            let is_before =
                |it: &&Waiting| it.carried || matches!(it.message.event.kind, EventKind::ExecutionStarted(_));
            self.inbox.iter().take_while(is_before).count()
        } else if is_collected {
            // What a dead node had comes back in any order: it is sorted by when it was sent, a timer by when it was due.
            let later = self
                .inbox
                .iter()
                .rev()
                .take_while(|it| it.is_after(&waiting))
                .count();
            self.inbox.len() - later
        } else {
            self.inbox.len()
        };
        self.inbox.insert(place, waiting);
    }
}

impl Explains for Resident {
    fn has_started(&self) -> bool {
        self.has_beginning()
    }

    fn has_scheduled(&self, task: TaskId) -> bool {
        self.tasks.is_scheduled(task)
    }
}

impl Waiting {
    /// Returns whether it was sent, or due, after another.
    fn is_after(&self, other: &Self) -> bool {
        let moment = |it: &Self| match &it.message.event.kind {
            EventKind::TimerFired { fire_at, .. } => *fire_at,
            _ => it.message.event.at,
        };
        let is_first = matches!(self.message.event.kind, EventKind::ExecutionStarted(_)) || self.carried;
        !is_first && moment(self) > moment(other)
    }
}
