//! Reading a control queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::in_hand::QueueOf;
use super::shared::Shared;
use super::together::first_of;
use crate::backoff::PollingBackoff;
use crate::dequeue::{Arrival as Order, sort_by_arrival};
use crate::partition::QueueLease;
use crate::transport::QueueMessage;
use crate::wire::Envelope;

/// The most messages of one look (the service allows no more).
const MOST: u32 = 32;
/// After a look that failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Reads the queue of a partition when the lease permits, until it is stopped: not in the middle, but when what it has got
/// is with the instances.
pub(crate) async fn read(
    shared: &Arc<Shared>,
    partition: u32,
    lease: &QueueLease,
    mut stopped: watch::Receiver<bool>,
) {
    let mut backoff = PollingBackoff::new(shared.settings.polling);
    while !*stopped.borrow_and_update() {
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
        // Whoever could stop it is gone only with the hub.
        let stop = async {
            let _ = stopped.changed().await;
        };
        first_of(tokio::time::sleep(pause), stop).await;
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
    let mut messages = match queue.get(MOST, shared.visibility()).await {
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
