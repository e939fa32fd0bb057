//! The rules of one pass over the rows: a pure function. Its numbers are the steps of the specification's section 3.2.

use std::collections::BTreeMap;

use durable_core::Timestamp;

use super::balance::{Counted, balance};
use super::row::PartitionRow;
use super::settings::PartitionSettings;

/// What a node decides by, besides the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// The node's own id.
    pub(super) me: &'a str,
    pub(super) now: Timestamp,
    pub(super) course: Course,
    /// The queues that the node reads, or read and is about to let go.
    pub(super) held: &'a BTreeMap<String, Held>,
    /// Queues that the node wants another to own, and that other's id.
    pub(super) offers: &'a BTreeMap<String, String>,
    /// Queues that the balance leaves alone until then.
    pub(super) resting: &'a BTreeMap<String, Timestamp>,
    pub(super) settings: &'a PartitionSettings,
}

/// Whether the node wants queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Working,
    /// It shuts down: it gives back what it owns and takes nothing.
    Leaving,
}

/// How far a node is with a queue that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Listening,
    /// No message is taken any more; the work that is in memory ends.
    Draining {
        since: Timestamp,
        is_over: bool,
    },
}

/// What a pass does, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    /// One per row, in table order.
    pub(super) steps: Vec<Step>,
    /// Rows to take from others afterwards, to even out the load.
    pub(super) steals: Vec<PartitionRow>,
    pub(super) pace: Pace,
    /// How many rows name this node as their owner when the pass is done.
    pub(super) owned: usize,
}

/// When the next pass is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    AtInterval,
    /// A queue changes hands.
    Soon,
}

/// What becomes of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// 1: the node held the queue, and does so no longer. It stops before anything else is done.
    pub(super) is_lost: bool,
    pub(super) action: Action,
}

/// A write, and what goes with it. A row in here is the one to write, with the etag that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Nothing,
    /// 2 and 4: claimed or renewed. Then the node listens.
    Keep(PartitionRow),
    /// 5: the node stops taking messages, if it has not yet; the row is renewed.
    Drain(PartitionRow),
    /// 5: the node stops, then the row is released.
    Release(PartitionRow),
    /// 3: the owner shuts down, and this node stands in line.
    Steal(PartitionRow),
}

/// Decides what a node does, given all rows of the table in their order.
pub(super) fn pass(rows: &[PartitionRow], view: &View<'_>) -> Pass {
    let mut walk = Walk {
        view,
        counted: Counted::default(),
        is_waiting: false,
        is_draining: view.course == Course::Leaving,
        owned: 0,
    };
    let steps: Vec<Step> = rows.iter().map(|row| walk.step(row)).collect();
    let steals = balance(rows, &walk.counted, view);
    Pass {
        pace: if walk.is_draining || walk.is_waiting || !steals.is_empty() {
            Pace::Soon
        } else {
            Pace::AtInterval
        },
        steps,
        steals,
        owned: walk.owned,
    }
}

/// What is known on the way through the rows.
struct Walk<'a> {
    view: &'a View<'a>,
    counted: Counted,
    /// A release by another node is waited for.
    is_waiting: bool,
    /// A queue of this node is being let go.
    is_draining: bool,
    owned: usize,
}

impl Walk<'_> {
    fn step(&mut self, read: &PartitionRow) -> Step {
        let mut row = read.clone();
        let is_claimed = self.view.course == Course::Working && self.claim(&mut row);
        // An expired row that is claimed anew was not this node's in between.
        let is_lost = self.held(read).is_some() && (is_claimed || !read.is_owned_by(self.view.me));
        let action = match (row.is_owned_by(self.view.me), self.view.course) {
            (true, Course::Working) => self.own(row, is_lost),
            (true, Course::Leaving) => self.let_go(row, is_lost),
            (false, Course::Working) => self.others(row),
            (false, Course::Leaving) => Action::Nothing,
        };
        Step { is_lost, action }
    }

    fn held(&self, row: &PartitionRow) -> Option<Held> {
        self.view.held.get(&row.queue).copied()
    }

    /// 2: takes a row that is nobody's, or whose owner let its lease run out, whoever stands in line, or that was released
    /// to this node.
    fn claim(&self, row: &mut PartitionRow) -> bool {
        let View {
            me, now, settings, ..
        } = self.view;
        let is_free = match (&row.current_owner, &row.next_owner) {
            (None, None) => true,
            (None, Some(next)) => next == me,
            (Some(_), _) => false,
        };
        let may_be_claimed = is_free || row.is_expired(*now);
        if may_be_claimed {
            row.claim(me, *now, settings.lease);
        }
        may_be_claimed
    }

    /// 3: counts a row of another node for whoever will have it, and stands in line if its owner shuts down.
    fn others(&mut self, mut row: PartitionRow) -> Action {
        match (&row.next_owner, &row.current_owner) {
            (Some(next), _) if next == self.view.me => {
                self.counted.mine += 1;
                self.is_waiting = true;
            }
            (Some(next), _) => self.counted.add(next, &row.queue),
            (None, Some(owner)) if !row.is_draining => self.counted.add(owner, &row.queue),
            (None, Some(_)) => {
                row.next_owner = Some(self.view.me.to_owned());
                self.is_waiting = true;
                return Action::Steal(row);
            }
            // Claimed by step 2.
            (None, None) => {}
        }
        Action::Nothing
    }

    /// 4 and 5: keeps a row of this node, unless another wants it or is to have it.
    fn own(&mut self, mut row: PartitionRow, is_lost: bool) -> Action {
        if row.next_owner.is_none() {
            row.next_owner = self.offered_to(&row, is_lost);
        }
        if row.next_owner.is_some() {
            return self.let_go(row, is_lost);
        }
        self.counted.mine += 1;
        self.owned += 1;
        // Set if this node was leaving and has come back before anybody stood in line.
        row.is_draining = false;
        row.renew(self.view.now, self.view.settings.lease);
        Action::Keep(row)
    }

    /// Ours: returns to whom this node wants to give the row. On the wire that is as if the other had stolen it.
    fn offered_to(&self, row: &PartitionRow, is_lost: bool) -> Option<String> {
        let View {
            me, now, settings, ..
        } = self.view;
        let to = self.view.offers.get(&row.queue).filter(|to| to != me)?;
        let since = Timestamp::from(row.owned_since?);
        let may_go = !is_lost && *now >= since + settings.offer_after;
        may_go.then(|| to.clone())
    }

    /// 5: drains the queue, and releases it when that is over or has taken too long.
    fn let_go(&mut self, mut row: PartitionRow, is_lost: bool) -> Action {
        self.is_draining = true;
        let View { now, settings, .. } = self.view;
        let is_over = match self.held(&row).filter(|_| !is_lost) {
            // Nothing of it is in memory, as after a lease that ran out, so nothing has to end.
            None => true,
            Some(Held::Listening) => false,
            Some(Held::Draining { since, is_over }) => is_over || *now >= since + settings.drain_limit,
        };
        if is_over {
            row.release();
            return Action::Release(row);
        }
        self.owned += 1;
        row.is_draining = true;
        row.renew(*now, settings.lease);
        Action::Drain(row)
    }
}
