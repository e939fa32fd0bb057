//! Taking partitions over, and giving them up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use durable_core::Clock;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::control;
use super::in_hand::QueueOf;
use super::shared::Shared;
use super::together::together;
use crate::coordinator::{Drained, MessageId, State};
use crate::partition::{PartitionEvent, QueueLease};

/// Who reads a control queue.
struct Reader {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Does what the partition manager says, for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>, mut events: UnboundedReceiver<PartitionEvent>) {
    let mut readers: HashMap<u32, Reader> = HashMap::new();
    while let Some(event) = events.recv().await {
        let (PartitionEvent::Listen { queue, .. }
        | PartitionEvent::Drain { queue }
        | PartitionEvent::Stop { queue }) = &event;
        let Some(partition) = shared.names.partition_of_queue(queue) else {
            continue;
        };
        let before = readers.remove(&partition).map(Reader::stop);
        match event {
            PartitionEvent::Listen { lease, .. } => {
                readers.insert(partition, listen(&shared, partition, lease, before));
            }
            PartitionEvent::Drain { queue } => {
                let drain = shared.change(|state| state.begin_drain(partition));
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    ended(before).await;
                    if shared.drain(partition, drain).await
                        && let Some(manager) = shared.partitions.get()
                    {
                        manager.drained(&queue);
                    }
                });
            }
            PartitionEvent::Stop { .. } => shared.drop_partition(partition),
        }
    }
}

impl Reader {
    /// Has it stop when it has brought to their instances what it has in hand: a message that it dropped on the way would
    /// be kept hidden, and nobody would have it.
    fn stop(self) -> JoinHandle<()> {
        self.stop.send_replace(true);
        self.task
    }
}

async fn ended(reader: Option<JoinHandle<()>>) {
    if let Some(reader) = reader {
        // It fails only with the runtime.
        let _ = reader.await;
    }
}

fn listen(shared: &Arc<Shared>, partition: u32, lease: QueueLease, before: Option<JoinHandle<()>>) -> Reader {
    let delay = shared.settings.collect_after_claim;
    shared.change(|state| state.claim(partition, lease.clone(), !delay.is_zero()));
    let shared = Arc::clone(shared);
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(async move {
        ended(before).await;
        control::read(&shared, partition, &lease, stopped).await;
    });
    Reader { stop, task }
}

impl Shared {
    /// Gives a partition's messages back: what is being stored ends first, and all who hold sessions of it are fenced.
    /// Returns false, and has no effect, if the node goes on with the partition meanwhile, or has lost it.
    async fn drain(&self, partition: u32, drain: u64) -> bool {
        let until_quiet = |state: &mut State| match state.end_drain(partition, drain) {
            Drained::NotYet => Ok(None),
            other => Ok(Some(other)),
        };
        // Looking at the state cannot fail.
        let Ok(Drained::Over(kept)) = self.wait_for(until_quiet).await else {
            return false;
        };
        let mut messages = self.in_hand.of_queue(QueueOf::Control(partition));
        // In the order in which they were delivered: a second is all that the queue tells apart.
        let place = |id: &MessageId| kept.iter().position(|it| it == id);
        messages.sort_by_cached_key(place);
        let backs = messages.iter().map(|id| self.put_back(id, Duration::ZERO));
        for answer in together(backs).await {
            if let Err(error) = answer {
                tracing::warn!(%error, "a message could not be given back; it comes again when its time is over");
            }
        }
        // Claimed again since, it is not over.
        self.with(|state| !state.partitions.contains_key(&partition))
    }

    /// Forgets a partition that is another node's.
    fn drop_partition(&self, partition: u32) {
        self.change(|state| state.forget_partition(partition));
        for id in self.in_hand.of_queue(QueueOf::Control(partition)) {
            self.in_hand.forget(&id);
        }
    }

    /// The clock of the hub, for what runs on its own.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.settings.clock)
    }
}
