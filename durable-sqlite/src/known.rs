//! What the writer knows of the instances that nodes of this process own, so that a turn need not read them.
//!
//! A row that a node of this process owns is written by this writer only, unless another process takes the instance
//! away; and any write of another process makes the writer forget all of this. What is known is therefore what is stored.

use std::collections::BTreeSet;

use durable_core::history::{Event, ExecutionStarted};

use crate::instance::Head;
use crate::tx::{Effects, Tx};

/// An instance that a node owns.
#[derive(Debug)]
pub(crate) struct Owned {
    /// The number of the last message that was handed out.
    pub(crate) after: i64,
    /// `None` if the file must be asked.
    pub(crate) known: Option<Box<Known>>,
}

/// An owned instance as it is stored.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) head: Head,
    /// Its first event, from a start that was handed out at once until the turn that consumes it.
    pub(crate) started: Option<Box<ExecutionStarted>>,
    /// Whether the inbox may have messages for it.
    pub(crate) has_messages: bool,
    /// Whether it may have timers.
    pub(crate) has_timers: bool,
    /// The tasks of its activities. `None` if there may be others.
    pub(crate) activities: Option<BTreeSet<i64>>,
}

/// An instance that belongs to a node since the very operation that started it.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// The row of the node.
    pub(crate) node: i64,
    pub(crate) head: Head,
    pub(crate) started: Box<ExecutionStarted>,
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
        }
    }

    /// Takes over what an operation has stored of the instance.
    pub(crate) fn stored(&mut self, head: Head) {
        match &mut self.known {
            Some(known) => {
                known.head = head;
                known.started = None;
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
            has_messages: true,
            has_timers: true,
            activities: None,
        }
    }

    /// What is known of an instance that was just made.
    pub(crate) fn new(head: Head, started: Box<ExecutionStarted>) -> Self {
        Self {
            head,
            started: Some(started),
            has_messages: false,
            has_timers: false,
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
            messages: self.has_messages || effects.touched.contains(&id),
            timers: self.has_timers || effects.timers.contains(&id),
            activities: was_left || effects.ordered.iter().any(|(instance, _)| *instance == id),
        }
    }
}
