//! How often, and for how long.

use std::time::Duration;

/// The intervals of the partition manager, by default those of the Durable Task Framework. All nodes of a hub should have
/// the same lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionSettings {
    /// From one pass to the next (`LeaseAcquireInterval`).
    pub(crate) interval: Duration,
    /// The same while a queue changes hands.
    pub(crate) handover_interval: Duration,
    /// How long a row is owned after a renewal (`LeaseInterval`).
    pub(crate) lease: Duration,
    /// How long the work of a queue may take to end before the queue is released.
    pub(crate) drain_limit: Duration,
    /// How long a pass may take, in real time (`PartitionTableOperationTimeout`).
    pub(crate) pass_limit: Duration,
    /// From so many failures in a row on, the next pass waits for the interval instead of being made at once.
    pub(crate) failures_at_once: u32,
    /// How long a node that leaves tries to give its queues back.
    pub(crate) departure_limit: Duration,
    /// How long a queue must have been owned before it is offered to another node, so that its own work gets a turn. Ours;
    /// the framework has no offers.
    pub(crate) offer_after: Duration,
    /// How long the balance leaves a queue alone that this node gave away by an offer. Ours likewise.
    pub(crate) offer_rest: Duration,
}

impl Default for PartitionSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            handover_interval: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            drain_limit: Duration::from_mins(1),
            pass_limit: Duration::from_secs(2),
            failures_at_once: 10,
            departure_limit: Duration::from_mins(10),
            offer_after: Duration::from_secs(10),
            offer_rest: Duration::from_mins(1),
        }
    }
}
