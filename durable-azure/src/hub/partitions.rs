//! Taking partitions over, and giving them up.

use std::collections::HashMap;
use std::sync::Arc;

use durable_core::Clock;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::control;
use super::in_hand::QueueOf;
use super::shared::Shared;
use super::together::together;
use crate::partition::{PartitionEvent, QueueLease};

/// Does what the partition manager says, for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>, mut events: UnboundedReceiver<PartitionEvent>) {
    let mut readers: HashMap<u32, JoinHandle<()>> = HashMap::new();
    while let Some(event) = events.recv().await {
        match event {
            PartitionEvent::Listen { queue, lease } => {
                if let Some(partition) = shared.names.partition_of_queue(&queue) {
                    stop(&mut readers, partition);
                    readers.insert(partition, listen(&shared, partition, lease));
                }
            }
            PartitionEvent::Drain { queue } => {
                if let Some(partition) = shared.names.partition_of_queue(&queue) {
                    stop(&mut readers, partition);
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move {
                        shared.drain(partition).await;
                        if let Some(manager) = shared.partitions.get() {
                            manager.drained(&queue);
                        }
                    });
                }
            }
            PartitionEvent::Stop { queue } => {
                if let Some(partition) = shared.names.partition_of_queue(&queue) {
                    stop(&mut readers, partition);
                    shared.drop_partition(partition);
                }
            }
        }
    }
}

fn stop(readers: &mut HashMap<u32, JoinHandle<()>>, partition: u32) {
    if let Some(reader) = readers.remove(&partition) {
        reader.abort();
    }
}

fn listen(shared: &Arc<Shared>, partition: u32, lease: QueueLease) -> JoinHandle<()> {
    let delay = shared.settings.collect_after_claim;
    shared.change(|state| {
        let is_new = state.partitions.insert(partition, lease.clone()).is_none();
        if is_new {
            state.undrained.insert(partition);
        }
        if is_new && !delay.is_zero() {
            state.closed.insert(partition);
        }
    });
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let opening = async {
            tokio::time::sleep(delay).await;
            shared.change(|state| state.closed.remove(&partition));
            std::future::pending::<()>().await;
        };
        super::together::first_of(control::read(&shared, partition, &lease), opening).await;
    })
}

impl Shared {
    /// Gives a partition's messages back: what is being stored ends first, and all who hold sessions of it are fenced.
    async fn drain(&self, partition: u32) {
        self.change(|state| state.closed.insert(partition));
        let nothing_busy = |state: &mut crate::coordinator::State| {
            let busy = state
                .residents
                .values()
                .any(|it| it.partition == partition && it.busy);
            Ok((!busy).then_some(()))
        };
        // Looking at the state cannot fail.
        let _ = self.wait_for(nothing_busy).await;
        let kept = self.change(|state| {
            state.closed.remove(&partition);
            state.forget_partition(partition)
        });
        let mut messages = self.in_hand.of_queue(QueueOf::Control(partition));
        // In the order in which they were delivered: a second is all that the queue tells apart.
        let place = |id: &crate::coordinator::MessageId| kept.iter().position(|it| it == id);
        messages.sort_by_cached_key(place);
        for answer in together(
            messages
                .iter()
                .map(|id| self.put_back(id, std::time::Duration::ZERO)),
        )
        .await
        {
            if let Err(error) = answer {
                tracing::warn!(%error, "a message could not be given back; it comes again when its time is over");
            }
        }
    }

    /// Forgets a partition that is another node's.
    fn drop_partition(&self, partition: u32) {
        self.change(|state| {
            state.closed.remove(&partition);
            state.forget_partition(partition);
        });
        for id in self.in_hand.of_queue(QueueOf::Control(partition)) {
            self.in_hand.forget(&id);
        }
    }

    /// The clock of the hub, for what runs on its own.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.settings.clock)
    }
}
