//! What the hub holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use durable_core::history::{ChildPolicy, Event, ExecutionStarted};
use durable_core::hub::{
    ActivityKey, ActivityOrder, BlockReport, CodeKey, Fence, FenceId, HubError, InstanceStatus, Message,
    WorkerOffer,
};
use durable_core::{
    BuildId, ExecutionId, FailureDetails, InstanceId, Payload, RecordedVersion, TaskId, Timestamp, WireName,
    WorkerId,
};

use super::conflict;

/// The whole hub.
#[derive(Debug)]
pub(super) struct State {
    /// The present moment, as of the latest look at the clock.
    pub(super) now: Timestamp,
    /// The latest number that was given out: to nodes, instances, messages, activities and timers alike.
    last_number: u64,
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) instances: BTreeMap<InstanceId, Instance>,
    pub(super) activities: BTreeMap<ActivityKey, Activity>,
    /// Timers that have not fired, by due time, then in the order in which they were set.
    pub(super) timers: BTreeMap<(Timestamp, u64), Timer>,
    pub(super) fences: BTreeMap<FenceId, Fence>,
}

/// One joining of one worker. A worker that joins again is another node, so that it cannot use what it once owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u64);

/// A worker that has joined and not left.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) offer: WorkerOffer,
    /// When the lease runs out; `None` while it is renewed.
    pub(super) lease_until: Option<Timestamp>,
    /// Activities that run there and are no longer wanted, until a fetch reports them.
    pub(super) cancels: Vec<ActivityKey>,
}

/// Who may commit. The epoch grows whenever the right passes on, which fences everyone who had it before.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    pub(super) node: Option<NodeId>,
    pub(super) epoch: u64,
}

/// An instance, running or ended.
#[derive(Debug)]
pub(super) struct Instance {
    /// Tells it apart from an instance that had the same id before.
    pub(super) number: u64,
    /// The execution it was started with, which makes the start idempotent for the instance's whole life.
    pub(super) first_execution: ExecutionId,
    /// The executions that the current one goes on from by a rewind: what their children answer is for it.
    pub(super) rewound: Vec<ExecutionId>,
    /// The first event of the current execution.
    pub(super) started: ExecutionStarted,
    /// The version it is on now.
    pub(super) version: RecordedVersion,
    pub(super) status: InstanceStatus,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) output: Option<Payload>,
    pub(super) failure: Option<FailureDetails>,
    pub(super) custom_status: Option<Payload>,
    pub(super) blocked: Option<Block>,
    /// What becomes of it when its parent is terminated.
    pub(super) policy: ChildPolicy,
    pub(super) owner: Ownership,
    /// The history of the current execution.
    pub(super) history: Vec<Event>,
    /// What no turn has consumed yet, in the order in which it is delivered.
    pub(super) inbox: VecDeque<Waiting>,
}

/// A message in an inbox.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) message: Message,
    /// When it became ready.
    pub(super) since: Timestamp,
    /// Whether the present owner has it.
    pub(super) handed_out: bool,
}

/// Why an instance is blocked, and which builds have had their try.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) report: BlockReport,
    pub(super) tried: BTreeSet<BuildId>,
}

/// An activity that is to run or runs.
#[derive(Debug)]
pub(super) struct Activity {
    pub(super) number: u64,
    pub(super) order: ActivityOrder,
    pub(super) owner: Ownership,
    /// How often it was handed out.
    pub(super) handed_out: u32,
    pub(super) progress: Option<Payload>,
    /// Whether it waits to be completed from outside, and is not handed out any more.
    pub(super) parked: bool,
    /// When its owner's silence has lasted too long.
    pub(super) lost_at: Option<Timestamp>,
}

/// A timer that has not fired.
#[derive(Debug)]
pub(super) struct Timer {
    pub(super) instance: InstanceId,
    pub(super) execution: ExecutionId,
    pub(super) task: TaskId,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: Timestamp::from_micros(0),
            last_number: 0,
            nodes: BTreeMap::new(),
            instances: BTreeMap::new(),
            activities: BTreeMap::new(),
            timers: BTreeMap::new(),
            fences: BTreeMap::new(),
        }
    }
}

impl State {
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Adds a worker. Its id must not be in use by a live one.
    pub(super) fn join(&mut self, offer: WorkerOffer) -> Result<NodeId, HubError> {
        let earlier = self
            .nodes
            .iter()
            .find(|(_, node)| node.offer.worker == offer.worker);
        if let Some((&id, _)) = earlier {
            if self.is_live(id) {
                return Err(conflict(format!(
                    "the worker `{}` has joined already",
                    offer.worker
                )));
            }
            self.nodes.remove(&id);
        }
        let id = NodeId(self.next_number());
        let node = Node {
            offer,
            lease_until: None,
            cancels: Vec::new(),
        };
        self.nodes.insert(id, node);
        Ok(id)
    }

    pub(super) fn node_named(&mut self, worker: &WorkerId) -> Option<&mut Node> {
        self.nodes.values_mut().find(|node| node.offer.worker == *worker)
    }

    /// Returns whether the worker is there and its lease has not run out.
    pub(super) fn is_live(&self, id: NodeId) -> bool {
        self.nodes.get(&id).is_some_and(|node| node.is_live(self.now))
    }

    /// Returns the owner, if it is live.
    pub(super) fn live_owner(&self, owner: &Ownership) -> Option<NodeId> {
        owner.node.filter(|&id| self.is_live(id))
    }

    /// Moves time on: fires the timers that are due, and gives up the activities that are silent for too long.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(entry) = self.timers.first_entry() {
            let &(fire_at, _) = entry.key();
            if fire_at > self.now {
                break;
            }
            let timer = entry.remove();
            self.fire(timer, fire_at);
        }
        self.lose_silent();
    }
}

impl Node {
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.lease_until.is_none_or(|until| until > now)
    }

    /// Returns whether the worker runs turns of instances of that name and version.
    pub(super) fn takes(&self, name: &WireName, version: &RecordedVersion) -> bool {
        let orchestrators = &self.offer.orchestrators;
        offers(orchestrators, name, version)
            || (self.offer.takes_mismatched && orchestrators.iter().any(|offered| offered.name == *name))
    }
}

/// Returns whether the code is offered. For a blank version, which the first turn resolves, the name suffices.
pub(super) fn offers(offered: &[CodeKey], name: &WireName, version: &RecordedVersion) -> bool {
    let of_name = || offered.iter().filter(|key| key.name == *name);
    match version {
        RecordedVersion::Blank => of_name().next().is_some(),
        RecordedVersion::Known(version) => of_name().any(|key| key.version == *version),
        RecordedVersion::Foreign(_) => false,
    }
}

impl Ownership {
    /// Passes the right to a worker.
    pub(super) fn claim(&mut self, node: NodeId) {
        self.node = Some(node);
        self.epoch += 1;
    }

    /// Takes the right from whoever has it.
    pub(super) fn revoke(&mut self) {
        self.node = None;
        self.epoch += 1;
    }

    pub(super) fn is_held(&self, node: NodeId, epoch: u64) -> bool {
        self.node == Some(node) && self.epoch == epoch
    }
}

impl Activity {
    /// Notes a sign of life: from now on counts the silence.
    pub(super) fn is_heard(&mut self, now: Timestamp) {
        self.lost_at = self.order.heartbeat.map(|limit| now.saturating_add(limit));
    }

    /// Takes it from its owner.
    pub(super) fn disown(&mut self) {
        self.owner.revoke();
        self.lost_at = None;
    }
}

impl Instance {
    /// Returns the current execution.
    pub(super) fn execution(&self) -> &ExecutionId {
        &self.started.execution
    }

    /// Returns whether the execution is the current one, or one that it goes on from by a rewind.
    pub(super) fn goes_on_from(&self, execution: &ExecutionId) -> bool {
        self.execution() == execution || self.rewound.contains(execution)
    }

    pub(super) fn is_ended(&self) -> bool {
        self.status.is_ended()
    }

    /// Ends the present ownership: what its owner had and did not consume is handed out again.
    pub(super) fn disown(&mut self) {
        self.owner.revoke();
        self.take_back_messages();
    }

    /// Makes everything that is not consumed undelivered.
    pub(super) fn take_back_messages(&mut self) {
        for waiting in &mut self.inbox {
            waiting.handed_out = false;
        }
    }

    pub(super) fn has_undelivered(&self) -> bool {
        self.inbox.iter().any(|waiting| !waiting.handed_out)
    }
}
