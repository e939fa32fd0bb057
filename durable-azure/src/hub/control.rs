//! Reading a control queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::in_hand::QueueOf;
use super::shared::Shared;
use crate::backoff::PollingBackoff;
use crate::dequeue::{Arrival as Order, sort_by_arrival};
use crate::partition::QueueLease;
use crate::transport::{MESSAGES_MAX, QueueMessage};
use crate::wire::Envelope;

/// After a look that failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Reads the queue of a partition for as long as the lease permits.
pub(crate) async fn read(shared: &Arc<Shared>, partition: u32, lease: &QueueLease) {
    let mut backoff = PollingBackoff::new(shared.settings.polling);
    loop {
        let pause = if lease.may_take(shared.now()) {
            match look(shared, partition).await {
                Some(0) => backoff.pause(draw()),
                Some(_) => {
                    backoff.reset();
                    Duration::ZERO
                }
                None => AFTER_ERROR,
            }
        } else {
            shared.settings.polling.shortest
        };
        tokio::time::sleep(pause).await;
    }
}

/// Returns any number: it only keeps the nodes of a hub from asking in step.
pub(crate) fn draw() -> u64 {
    getrandom::u64().unwrap_or_default()
}

async fn look(shared: &Arc<Shared>, partition: u32) -> Option<usize> {
    let of = QueueOf::Control(partition);
    let queue = shared.queue(of).ok()?;
    let before = shared.visible.of(of);
    let got_at = Instant::now();
    let mut messages = match queue.get(MESSAGES_MAX, shared.visibility()).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::warn!(%error, "a control queue could not be read");
            return None;
        }
    };
    if messages.is_empty() {
        let saw_all = before.saw_all(shared.visible.of(of));
        let was_undrained = shared.with(|state| saw_all && state.undrained.remove(&partition));
        if was_undrained {
            shared.changed.send_replace(());
        }
        return Some(0);
    }
    sort_by_arrival(&mut messages, order);
    shared.receive(partition, &messages, got_at).await;
    Some(messages.len())
}

fn order(message: &QueueMessage) -> Order {
    let sequence = match Envelope::read(&message.text) {
        Ok(Envelope::Message(message)) => message.sequence_number,
        Ok(Envelope::Stub { .. }) | Err(_) => 0,
    };
    Order {
        inserted_second: message.inserted_at.timestamp().as_micros().div_euclid(1_000_000),
        sequence,
    }
}
