//! The queue messages that this node has: dequeued, or put hidden and so never seen by others.
//!
//! Each is hidden for a time and comes back if it is neither removed nor hidden again before. The receipt that allows
//! either changes with each time it is hidden.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::coordinator::MessageId;
use crate::transport::Secret;

/// A queue of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum QueueOf {
    Control(u32),
    WorkItems,
}

/// A message that this node has.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) queue: QueueOf,
    pub(crate) receipt: Secret,
    /// When it comes back.
    pub(crate) hidden_until: Instant,
    /// Whether it is hidden again before it comes back. Not so one that waits for its time: it comes back, and is
    /// recognised.
    pub(crate) renewed: bool,
    /// Whether it is being removed.
    pub(crate) going: bool,
}

/// All that this node has.
#[derive(Debug, Default)]
pub(crate) struct InHand(Mutex<HashMap<MessageId, Held>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, HashMap<MessageId, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a message that this node has from now on.
    pub(crate) fn take(&self, id: MessageId, held: Held) {
        self.lock().insert(id, held);
    }

    /// Notes that a message has come again, and returns whether this node had it all along.
    pub(crate) fn seen_again(&self, id: &MessageId, receipt: &Secret, hidden_until: Instant) -> bool {
        match self.lock().get_mut(id) {
            Some(held) => {
                held.receipt = receipt.clone();
                held.hidden_until = hidden_until;
                true
            }
            None => false,
        }
    }

    pub(crate) fn get(&self, id: &MessageId) -> Option<Held> {
        self.lock().get(id).cloned()
    }

    /// Notes that a message was hidden again.
    pub(crate) fn hidden_again(&self, id: &MessageId, receipt: Secret, hidden_until: Instant) {
        if let Some(held) = self.lock().get_mut(id) {
            held.receipt = receipt;
            held.hidden_until = hidden_until;
        }
    }

    /// Has a message hidden again and again from now on, or not.
    pub(crate) fn keep(&self, id: &MessageId, renewed: bool) {
        if let Some(held) = self.lock().get_mut(id) {
            held.renewed = renewed;
        }
    }

    /// Notes that a message is being removed, and returns how.
    pub(crate) fn let_go(&self, id: &MessageId) -> Option<Held> {
        let mut all = self.lock();
        let held = all.get_mut(id)?;
        held.going = true;
        Some(held.clone())
    }

    /// Forgets a message.
    pub(crate) fn forget(&self, id: &MessageId) -> Option<Held> {
        self.lock().remove(id)
    }

    /// Returns the messages that have to be hidden again because they come back within `soon`. Those of a queue that this
    /// node does not `read` any more are let come back: kept hidden here, nobody would ever have them.
    pub(crate) fn to_renew(
        &self,
        now: Instant,
        soon: Duration,
        read: impl FnOnce() -> BTreeSet<u32>,
    ) -> Vec<(MessageId, Held)> {
        let mut all = self.lock();
        // Asked for now: whatever is here came out of its queue after this node had begun to read it.
        let read = read();
        all.retain(|_, held| match held.queue {
            QueueOf::Control(partition) => held.going || read.contains(&partition),
            QueueOf::WorkItems => true,
        });
        let due = all.iter().filter(|(_, held)| {
            held.renewed && !held.going && held.hidden_until.saturating_duration_since(now) < soon
        });
        due.map(|(id, held)| (id.clone(), held.clone())).collect()
    }

    /// Returns all messages of a queue.
    pub(crate) fn of_queue(&self, queue: QueueOf) -> Vec<MessageId> {
        let all = self.lock();
        let of = all.iter().filter(|(_, held)| held.queue == queue);
        of.map(|(id, _)| id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(now: Instant, hidden: u64) -> Held {
        Held {
            queue: QueueOf::Control(1),
            receipt: Secret::new("r1"),
            hidden_until: now + Duration::from_secs(hidden),
            renewed: true,
            going: false,
        }
    }

    #[test]
    fn a_message_is_renewed_before_it_comes_back_unless_it_goes_or_waits() {
        let (now, hand) = (Instant::now(), InHand::default());
        let soon = Duration::from_secs(5);
        for (id, hidden) in [("near", 4), ("far", 6), ("waits", 1), ("goes", 1)] {
            hand.take(MessageId::new(id), held(now, hidden));
        }
        hand.keep(&MessageId::new("waits"), false);
        hand.let_go(&MessageId::new("goes"));
        let due: Vec<MessageId> = hand
            .to_renew(now, soon, || BTreeSet::from([1]))
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(due, [MessageId::new("near")]);
        hand.hidden_again(
            &MessageId::new("near"),
            Secret::new("r2"),
            now + Duration::from_secs(9),
        );
        assert!(hand.to_renew(now, soon, || BTreeSet::from([1])).is_empty());
    }

    #[test]
    fn a_message_of_a_queue_that_another_node_reads_is_not_kept_from_it() {
        let (now, hand) = (Instant::now(), InHand::default());
        for (id, queue) in [("lost", QueueOf::Control(1)), ("work", QueueOf::WorkItems)] {
            let id = MessageId::new(id);
            hand.take(
                id,
                Held {
                    queue,
                    ..held(now, 1)
                },
            );
        }
        let due = hand.to_renew(now, Duration::from_secs(5), || BTreeSet::from([0, 2]));
        assert_eq!(due.len(), 1);
        assert!(hand.get(&MessageId::new("lost")).is_none());
        assert!(hand.get(&MessageId::new("work")).is_some());
    }

    #[test]
    fn a_message_that_comes_again_is_recognised_and_its_receipt_replaced() {
        let (now, hand) = (Instant::now(), InHand::default());
        let id = MessageId::new("m");
        assert!(!hand.seen_again(&id, &Secret::new("r0"), now));
        hand.take(id.clone(), held(now, 1));
        assert!(hand.seen_again(&id, &Secret::new("r2"), now));
        assert_eq!(hand.get(&id).unwrap().receipt.reveal(), "r2");
        assert_eq!(hand.of_queue(QueueOf::Control(1)), std::slice::from_ref(&id));
        assert!(hand.forget(&id).is_some() && hand.get(&id).is_none());
    }
}
