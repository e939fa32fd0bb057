//! What a turn sends.

use std::collections::BTreeSet;

use super::super::Engine;
use super::turn::Turn;
use super::{Execution, Halt};
use crate::decision::Outgoing;
use crate::history::{ChildPolicy, Event};
use crate::id::{InstanceId, TaskId};

impl Execution {
    /// Turns attempted steps into events and messages.
    pub(super) fn gather(&mut self, turn: &mut Turn) -> Result<Vec<Outgoing>, Halt> {
        let engine = self.engine()?.clone();
        let (actions, cancels) = {
            let mut engine = engine.get();
            engine.closing |= turn.terminated.is_some();
            (
                std::mem::take(&mut engine.actions),
                std::mem::take(&mut engine.cancels),
            )
        };
        let mut outgoing = Vec::with_capacity(actions.len() + cancels.len());
        for action in actions {
            turn.places.push((self.position_after(turn), action.place));
            let (kind, sends) = action.attempt.into_parts();
            turn.events.push(Event::new(turn.now, kind));
            outgoing.extend(sends);
        }
        cancel_or_withdraw(&mut outgoing, cancels);
        outgoing.extend(self.rewound_orders(&engine.get()));
        if turn.terminated.is_some() {
            outgoing.retain(outlives_termination);
        }
        Ok(outgoing)
    }

    /// Returns what a rewound history still waits for, once: its first turn sends it again.
    fn rewound_orders(&mut self, engine: &Engine) -> Vec<Outgoing> {
        let orders = std::mem::take(&mut self.reorders);
        if !std::mem::take(&mut self.rewound) {
            return Vec::new();
        }
        let open = |task: &TaskId| engine.tasks.open_class(*task).is_some();
        orders
            .into_iter()
            .filter(|(task, _)| open(task))
            .map(|(_, sent)| sent)
            .collect()
    }
}

/// What an order and its cancellation have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Activity(TaskId),
    Timer(TaskId),
    Child(InstanceId),
}

fn ordered(sent: &Outgoing) -> Option<Target> {
    match sent {
        Outgoing::Activity(order) => Some(Target::Activity(order.task)),
        Outgoing::Timer { task, .. } => Some(Target::Timer(*task)),
        Outgoing::StartChild(child) => Some(Target::Child(child.started.instance.clone())),
        Outgoing::Send { .. }
        | Outgoing::Raise { .. }
        | Outgoing::CancelActivity(_)
        | Outgoing::CancelTimer(_)
        | Outgoing::CancelChild { .. }
        | Outgoing::CancelChildren { .. } => None,
    }
}

fn cancelled(sent: &Outgoing) -> Option<Target> {
    match sent {
        Outgoing::CancelActivity(task) => Some(Target::Activity(*task)),
        Outgoing::CancelTimer(task) => Some(Target::Timer(*task)),
        Outgoing::CancelChild { instance, .. } => Some(Target::Child(instance.clone())),
        Outgoing::Activity(_)
        | Outgoing::Timer { .. }
        | Outgoing::StartChild(_)
        | Outgoing::Send { .. }
        | Outgoing::Raise { .. }
        | Outgoing::CancelChildren { .. } => None,
    }
}

/// Sends cancellations; one of something that this very turn was about to send withdraws that instead.
fn cancel_or_withdraw(outgoing: &mut Vec<Outgoing>, cancels: Vec<Outgoing>) {
    if cancels.is_empty() {
        return;
    }
    let orders: BTreeSet<Target> = outgoing.iter().filter_map(ordered).collect();
    let mut withdrawn = BTreeSet::new();
    let mut sent = Vec::with_capacity(cancels.len());
    for cancel in cancels {
        match cancelled(&cancel).filter(|target| orders.contains(target)) {
            Some(target) => drop(withdrawn.insert(target)),
            None => sent.push(cancel),
        }
    }
    outgoing.retain(|order| ordered(order).is_none_or(|target| !withdrawn.contains(&target)));
    outgoing.append(&mut sent);
}

/// Returns whether something is sent although the instance was terminated in the turn that decided it: what others
/// were told stands, what would only have answered to this instance does not begin.
fn outlives_termination(sent: &Outgoing) -> bool {
    match sent {
        Outgoing::Activity(_) | Outgoing::Timer { .. } => false,
        Outgoing::StartChild(child) => child.policy == ChildPolicy::Abandon,
        Outgoing::Send { .. }
        | Outgoing::Raise { .. }
        | Outgoing::CancelActivity(_)
        | Outgoing::CancelTimer(_)
        | Outgoing::CancelChild { .. }
        | Outgoing::CancelChildren { .. } => true,
    }
}
