//! The requests of one transaction, and what it brings about.

use std::collections::BTreeSet;

use durable_core::InstanceId;
use durable_core::hub::{HubError, HubErrorKind, WorkerOffer};
use tokio::sync::oneshot;

use super::request::JoinReply;
use crate::changes::Change;
use crate::node::NodeKey;
use crate::operation::Operation;
use crate::renewal::Renewal;

/// The most requests of one transaction.
pub(crate) const BATCH_MAX: usize = 1024;

/// What one transaction is about to bring about.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) operations: Vec<Box<dyn Operation>>,
    pub(super) joins: Vec<(WorkerOffer, Renewal, JoinReply)>,
    pub(super) leaves: Vec<(NodeKey, oneshot::Sender<()>)>,
    pub(super) listen: Option<String>,
    pub(crate) tick: bool,
    pub(crate) look: bool,
    pub(super) requests: u64,
    pub(super) turns_unread: u64,
    pub(crate) touched: BTreeSet<i64>,
    pub(super) changed: Vec<(InstanceId, Change)>,
    /// Instances that were started for a node: its row and theirs.
    pub(super) born: Vec<(i64, i64)>,
    /// Instances of those whose first turn is being made.
    pub(crate) awaited: BTreeSet<i64>,
    /// How many of them made it in time.
    pub(super) first_turns_joined: u64,
    pub(crate) ring: bool,
    /// What is said to those who wait, once the transaction is stored.
    pub(crate) answers: Vec<Box<dyn FnOnce() + Send>>,
}

impl Batch {
    /// Returns whether somebody is told, or relies on, that it is stored.
    pub(super) fn acknowledges(&self) -> bool {
        !(self.operations.is_empty()
            && self.joins.is_empty()
            && self.leaves.is_empty()
            && self.listen.is_none())
    }

    pub(super) fn fail(self, kind: HubErrorKind, message: &str) {
        for operation in self.operations {
            operation.fail(kind, message);
        }
        for (_, _, reply) in self.joins {
            let error = HubError::new(kind, message);
            let _ = reply.send(Err(error.into()));
        }
    }
}
