//! What accepted operations changed outside the file.

use std::sync::atomic::Ordering::Relaxed;

use super::{Batch, Writer};
use crate::fired::TimerPlace;
use crate::tx::Effects;

impl Writer {
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
}
