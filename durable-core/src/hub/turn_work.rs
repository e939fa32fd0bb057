//! Orchestration work as it is fetched.

use super::Session;
use crate::history::Event;
use crate::id::{ExecutionId, InstanceId};
use crate::name::WireName;
use crate::version::RecordedVersion;

/// The hub's own number of a message in an inbox, handed back when the message is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageReceipt(pub u64);

/// An event on its way into a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What the commit hands back.
    pub receipt: MessageReceipt,
    /// The execution it is meant for; `None` for any (external events, management).
    ///
    /// A message for another execution than the current one is consumed without effect.
    pub execution: Option<ExecutionId>,
    /// The event.
    pub event: Event,
}

/// An instance with messages that wait, owned by the worker that fetched it.
#[derive(Debug, Clone)]
pub struct TurnWork {
    /// The instance.
    pub instance: InstanceId,
    /// Its current execution.
    pub execution: ExecutionId,
    /// The orchestrator's name.
    pub name: WireName,
    /// The version it is pinned to.
    pub version: RecordedVersion,
    /// How many events its history has. A live execution with the same count needs no load.
    pub event_count: u64,
    /// The new messages, oldest first; those carried over by continue-as-new before all others.
    ///
    /// Each is handed out once per ownership: the first work of an ownership has all that wait. Empty only when a blocked instance is offered for one retry.
    pub messages: Vec<Message>,
    /// The right to commit turns of the instance.
    pub session: Session,
}
