//! A node's part in the partition table, as the hub has it in hand.

use std::sync::Arc;

use durable_core::Clock;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::keeper::Keeper;
use super::lease::QueueLease;
use super::rounds::{Command, Rounds};
use super::settings::PartitionSettings;
use super::store::PartitionStore;

/// What the hub has to do. In the order in which it is told.
#[derive(Debug, Clone)]
pub(crate) enum PartitionEvent {
    /// Read the queue as long as the lease permits. If the queue was being drained, that is called off.
    Listen { queue: String, lease: QueueLease },
    /// Take no more messages from the queue, end what is in memory, and then call [`PartitionManager::drained`].
    Drain { queue: String },
    /// The lease is over: drop what is in memory of the queue. It belongs to others.
    Stop { queue: String },
}

/// How a node gave back what it owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// All is released.
    Graceful,
    /// The time for it was over. What is left expires by itself.
    Forced,
    /// [`PartitionManager::work`] was called meanwhile, or the manager was dropped.
    CalledOff,
}

/// A node's part in the partition table. It does nothing until [`PartitionManager::work`] is called, and stops at once
/// when it is dropped, as a process that dies: what it owned expires by itself.
#[derive(Debug)]
pub(crate) struct PartitionManager {
    commands: UnboundedSender<Command>,
    task: JoinHandle<()>,
}

impl PartitionManager {
    /// Starts the task, on the present tokio runtime. `node` is the id that stands in the rows; no two nodes may have the
    /// same.
    pub(crate) fn start(
        store: Arc<dyn PartitionStore>,
        node: impl Into<String>,
        clock: Arc<dyn Clock>,
        settings: PartitionSettings,
    ) -> (Self, UnboundedReceiver<PartitionEvent>) {
        let (events, told) = unbounded_channel();
        let (commands, received) = unbounded_channel();
        let keeper = Keeper::new(node.into(), settings.clone(), clock.clone(), store, events);
        let rounds = Rounds::new(keeper, clock, settings, received);
        let task = tokio::spawn(rounds.run());
        (Self { commands, task }, told)
    }

    /// Takes a share of the queues from now on, also while it is leaving.
    pub(crate) fn work(&self) {
        self.send(Command::Work);
    }

    /// Gives back all queues, each after its drain, and takes none. Dropping the future changes nothing.
    pub(crate) async fn leave(&self) -> Departure {
        let (done, departed) = oneshot::channel();
        self.send(Command::Leave(done));
        departed.await.unwrap_or(Departure::CalledOff)
    }

    /// Tells that nothing of a draining queue is in memory any more. It is released at once.
    pub(crate) fn drained(&self, queue: &str) {
        self.send(Command::Drained(queue.to_owned()));
    }

    /// Wants another node to own a queue, because this one holds work of it that only the other can do. A wish: it is
    /// forgotten if this node does not read the queue, and waits until it has done so for a while. Cheap to repeat.
    pub(crate) fn offer(&self, queue: &str, to: &str) {
        self.send(Command::Offer {
            queue: queue.to_owned(),
            to: to.to_owned(),
        });
    }

    /// Makes the next pass now, if the node takes part.
    pub(crate) fn nudge(&self) {
        self.send(Command::Nudge);
    }

    fn send(&self, command: Command) {
        // The task ends with this handle, or with the runtime.
        let _ = self.commands.send(command);
    }
}

impl Drop for PartitionManager {
    fn drop(&mut self) {
        self.task.abort();
    }
}
