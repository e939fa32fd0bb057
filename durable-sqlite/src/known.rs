//! What the writer knows of the instances that nodes of this process own, so that a turn need not read them.
//!
//! A row that a node of this process owns is written by this writer only, unless another process takes the instance
//! away; and any write of another process makes the writer forget all of this. What is known is therefore what is stored.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::history::{Event, ExecutionStarted};

use crate::changes::Alive;
use crate::fired::Fired;
use crate::instance::Head;
use crate::tx::{Effects, Tx};

/// An instance that a node owns.
#[derive(Debug)]
pub(crate) struct Owned {
    /// The number of the last message that was handed out.
    pub(crate) after: i64,
    /// `None` if the file must be asked.
    pub(crate) known: Option<Box<Known>>,
    /// Timers whose events it was given, by the numbers of their messages, until a turn takes them.
    pub(crate) fired: BTreeMap<i64, Fired>,
}

/// An owned instance as it is stored.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) head: Head,
    /// Its first event, if it was handed out at once: until the turn that consumes it, and on if it is small.
    pub(crate) started: Option<Box<ExecutionStarted>>,
    is_small: bool,
    /// Shows those who wait for its end that it is to come.
    pub(crate) alive: Option<Alive>,
    /// What it may have beside its row and its history.
    pub(crate) may_have: MayHave,
    /// The tasks of its activities. `None` if there may be others.
    pub(crate) activities: Option<BTreeSet<i64>>,
}

/// What an instance may have beside its row and its history. It may be less than is said here, and never more.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MayHave {
    pub(crate) messages: bool,
    pub(crate) timers: bool,
    pub(crate) custom_status: bool,
}

/// An instance that belongs to a node since the very operation that started it.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// The row of the node.
    pub(crate) node: i64,
    pub(crate) head: Head,
    pub(crate) started: Box<ExecutionStarted>,
    /// Whether the row of the instance holds the first event.
    pub(crate) is_small: bool,
    /// The message that the node is handed out.
    pub(crate) first: Event,
}

/// What may have to be removed with an execution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outstanding {
    pub(crate) messages: bool,
    pub(crate) timers: bool,
    pub(crate) activities: bool,
}

impl Owned {
    /// An instance of which only the row has been read.
    pub(crate) fn read(head: Head, after: i64) -> Self {
        Self {
            after,
            known: Some(Box::new(Known::read(head))),
            fired: BTreeMap::new(),
        }
    }

    /// Takes over what an operation has stored of the instance.
    pub(crate) fn stored(&mut self, head: Head) {
        match &mut self.known {
            Some(known) => {
                if known.head.run != head.run || !known.is_small {
                    known.started = None;
                }
                known.head = head;
            }
            None => self.known = Some(Box::new(Known::read(head))),
        }
    }
}

impl Known {
    fn read(head: Head) -> Self {
        Self {
            head,
            started: None,
            is_small: false,
            alive: None,
            may_have: MayHave {
                messages: true,
                timers: true,
                custom_status: true,
            },
            activities: None,
        }
    }

    /// What is known of an instance that was just made.
    pub(crate) fn new(head: Head, started: Box<ExecutionStarted>, is_small: bool) -> Self {
        Self {
            head,
            started: Some(started),
            is_small,
            alive: None,
            may_have: MayHave::default(),
            activities: Some(BTreeSet::new()),
        }
    }
}

impl Tx<'_> {
    /// Returns what is known of an instance, if the node owns it at that epoch.
    pub(crate) fn known(&self, node: i64, instance: i64, epoch: i64) -> Option<&Known> {
        let owned = self.nodes.by_row(node)?.owned.get(&instance)?;
        let known = owned.known.as_deref()?;
        let is_same = known.head.owner == Some(node) && known.head.epoch == epoch;
        is_same.then_some(known)
    }

    /// Returns the first event of the instance if, with the head, it is everything that its record shows.
    pub(crate) fn started(&self, head: &Head) -> Option<Box<ExecutionStarted>> {
        let known = self.known(head.owner?, head.id, head.epoch)?;
        let is_all = !known.may_have.custom_status && !self.effects.custom_statuses.contains(&head.id);
        known.started.clone().filter(|_| is_all)
    }

    /// Returns what may have to be removed when the instance ends.
    pub(crate) fn outstanding(&self, head: &Head) -> Outstanding {
        let known = head
            .owner
            .and_then(|owner| self.known(owner, head.id, head.epoch));
        match known {
            Some(known) => known.outstanding(&self.effects),
            None => Outstanding {
                messages: true,
                timers: true,
                activities: true,
            },
        }
    }
}

impl Known {
    /// What there may be, with what the operation under way has added and removed.
    fn outstanding(&self, effects: &Effects) -> Outstanding {
        let id = self.head.id;
        let is_left = |task: &i64| !effects.removed.contains(&(id, *task));
        let was_left = self
            .activities
            .as_ref()
            .is_none_or(|tasks| tasks.iter().any(is_left));
        Outstanding {
            messages: self.may_have.messages || effects.touched.contains(&id),
            timers: self.may_have.timers || effects.timers.contains(&id),
            activities: was_left || effects.ordered.iter().any(|(instance, _)| *instance == id),
        }
    }
}
