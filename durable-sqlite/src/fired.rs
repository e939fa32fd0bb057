//! Timers that are due and whose instance a node of this process owns: the event goes to the owner at once, and the row
//! of the timer goes with the turn that takes it.
//!
//! Until then the row is the only trace in the file, so that nothing is lost with the process: whoever owns the instance
//! next finds the timer due. What is handed out here is kept with the ownership and ends with it.

use durable_core::TaskId;
use durable_core::history::{Event, EventKind};
use durable_core::hub::Message;

use crate::error::StoreError;
use crate::frame;
use crate::inbox;
use crate::instance::Head;
use crate::node::{LocalNode, Nodes};
use crate::tx::{Tx, rows};

/// A timer whose event was given to the owner of its instance.
#[derive(Debug, Clone)]
pub(crate) struct Fired {
    pub(crate) run: i64,
    pub(crate) task: TaskId,
    pub(crate) event: Event,
}

/// What the owner of an instance is to be given: the row of the node, the instance, and the number of the message.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) node: i64,
    pub(crate) instance: i64,
    pub(crate) receipt: i64,
    pub(crate) fired: Fired,
}

/// Where in the file a timer stands, in the order in which they become due: by time, run and task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerPlace {
    pub(crate) due: i64,
    pub(crate) run: i64,
    pub(crate) task: i64,
}

impl TimerPlace {
    /// Before every timer.
    pub(crate) const START: Self = Self::before(i64::MIN);

    /// Before every timer that is due at that time or later, in microseconds.
    pub(crate) const fn before(due: i64) -> Self {
        Self {
            due,
            run: i64::MIN,
            task: i64::MIN,
        }
    }
}

/// What becomes of a timer that is due.
pub(crate) enum Way {
    /// Its owner, a node of this process, has its event already.
    Done,
    /// To the owner, by the row of its node.
    Direct(i64),
    /// By way of the inbox.
    Inbox,
}

/// Decides how the event of a timer reaches its instance.
///
/// Nobody but a process that knows the instance as it is stored hands it out directly.
pub(crate) fn way_of(nodes: &Nodes, instance: i64, (run, task): (i64, TaskId)) -> Way {
    let live = nodes.all.values().filter(|node| node.is_live());
    let mut found = live.filter_map(|node| Some((node, node.owned.get(&instance)?)));
    let Some((node, owned)) = found.next() else {
        return Way::Inbox;
    };
    let mut fired = owned.fired.values();
    if fired.any(|fired| fired.run == run && fired.task == task) {
        return Way::Done;
    }
    match &owned.known {
        Some(known) if known.head.run == run && known.head.owner == Some(node.row) => Way::Direct(node.row),
        Some(_) | None => Way::Inbox,
    }
}

impl LocalNode {
    /// Keeps an event for the next fetch.
    pub(crate) fn take_fired(&mut self, handed: Handed) {
        if let Some(owned) = self.owned.get_mut(&handed.instance) {
            owned.fired.insert(handed.receipt, handed.fired);
            self.mail.insert(handed.instance);
            self.rung.insert(handed.instance);
        } else {
            // It has lost the instance since.
            self.has_lost_timers = true;
        }
    }

    /// Forgets an instance that is its own no more. Timers that it was given and has not taken are fired anew.
    pub(crate) fn lose(&mut self, instance: i64) {
        self.mail.remove(&instance);
        self.rung.remove(&instance);
        if let Some(owned) = self.owned.remove(&instance) {
            self.has_lost_timers |= !owned.fired.is_empty();
        }
    }
}

/// Returns the messages above `after` that an owner is given without a row in the inbox.
pub(crate) fn messages<'a>(
    node: &'a LocalNode,
    head: &'a Head,
    after: i64,
) -> impl Iterator<Item = Message> + 'a {
    let fired = node.owned.get(&head.id).map(|owned| &owned.fired);
    let found = fired
        .into_iter()
        .flat_map(move |fired| fired.range(after.saturating_add(1)..));
    found
        .filter(|(_, fired)| fired.run == head.run)
        .map(|(receipt, fired)| Message {
            receipt: durable_core::hub::MessageReceipt(receipt.unsigned_abs()),
            execution: Some(head.execution.clone()),
            event: fired.event.clone(),
        })
}

/// Removes a timer whose event a turn has taken. Returns whether the message was one of a timer.
pub(crate) fn consume(tx: &mut Tx<'_>, head: &Head, receipt: i64) -> Result<bool, StoreError> {
    let node = head.owner.and_then(|owner| tx.nodes.by_row(owner));
    let owned = node.and_then(|node| node.owned.get(&head.id));
    let Some(fired) = owned.and_then(|owned| owned.fired.get(&receipt)) else {
        return Ok(false);
    };
    let (run, task) = (fired.run, fired.task);
    tx.effects.taken.push((head.id, receipt));
    let sql = "DELETE FROM timer WHERE run = ?1 AND task = ?2";
    if tx.execute(sql, (run, i64::from(task.0)))? == 0 {
        // It was cancelled, or another process, which cannot know, has sent it to the inbox.
        remove_sent(tx, head, (run, task))?;
    }
    Ok(true)
}

/// Removes the message that another process has made of a timer, if it has.
fn remove_sent(tx: &Tx<'_>, head: &Head, (run, task): (i64, TaskId)) -> Result<(), StoreError> {
    let sql = "SELECT id, frame FROM inbox WHERE instance = ?1 AND run = ?2";
    let sent: Vec<(i64, Vec<u8>)> = rows(tx.conn, sql, (head.id, run), |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, bytes) in sent {
        let event = frame::decode_event(&bytes)
            .map_err(|error| error.at(&head.instance, &format!("message {id}")))?;
        if matches!(event.kind, EventKind::TimerFired { task: sent, .. } if sent == task) {
            inbox::remove(tx, head.id, id)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
