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
use crate::transport::{MESSAGES_MAX, QueueMessage};
use crate::wire::Envelope;

/// After a look that failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// The time for which messages of a partition are collected before any is handed out.
#[derive(Debug)]
struct Collecting {
    time: Duration,
    until: Option<Instant>,
}

impl Collecting {
    /// Of a partition that was claimed just now.
    fn begun(time: Duration, now: Instant) -> Self {
        let mut collecting = Self { time, until: None };
        collecting.begin(now);
        collecting
    }

    /// Begins anew. Returns whether there is such a time at all.
    fn begin(&mut self, now: Instant) -> bool {
        self.until = (!self.time.is_zero()).then(|| now + self.time);
        self.until.is_some()
    }

    /// Returns whether it is over, once.
    fn is_over(&mut self, now: Instant) -> bool {
        self.until.take_if(|until| *until <= now).is_some()
    }

    /// Returns how long it lasts, if it does.
    fn left(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now))
    }
}

/// Reads the queue of a partition when the lease permits, until it is stopped: not in the middle, but when what it has got
/// is with the instances.
pub(crate) async fn read(
    shared: &Arc<Shared>,
    partition: u32,
    lease: &QueueLease,
    mut stopped: watch::Receiver<bool>,
) {
    let mut backoff = PollingBackoff::new(shared.settings.polling);
    let mut collecting = Collecting::begun(shared.settings.collect_after_claim, Instant::now());
    while !*stopped.borrow_and_update() {
        if collecting.is_over(Instant::now()) {
            shared.change(|state| state.open(partition));
        }
        let pause = if lease.may_take(shared.now()) {
            match look(shared, partition).await {
                Some(0) => backoff.pause(draw()),
                Some(_) => {
                    backoff.reset();
                    Duration::ZERO
                }
                None => {
                    // What an answer held that was lost is hidden for a while, and would be overtaken.
                    if collecting.begin(Instant::now()) {
                        shared.change(|state| state.closed.insert(partition));
                    }
                    AFTER_ERROR
                }
            }
        } else {
            shared.settings.polling.shortest
        };
        let pause = collecting
            .left(Instant::now())
            .map_or(pause, |left| left.min(pause));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_collected_after_a_claim_and_again_after_an_answer_that_was_lost() {
        let (begin, time) = (Instant::now(), Duration::from_secs(5));
        let mut collecting = Collecting::begun(time, begin);
        assert!(!collecting.is_over(begin + time / 2));
        assert_eq!(collecting.left(begin + time / 2), Some(time / 2));
        assert!(collecting.begin(begin + time / 2));
        assert!(!collecting.is_over(begin + time));
        assert!(collecting.is_over(begin + time * 2));
        assert!(!collecting.is_over(begin + time * 3), "it is over once");
        assert_eq!(collecting.left(begin), None);
    }

    #[test]
    fn nothing_is_collected_if_there_is_no_time_for_it() {
        let now = Instant::now();
        let mut collecting = Collecting::begun(Duration::ZERO, now);
        assert!(!collecting.begin(now) && !collecting.is_over(now) && collecting.left(now).is_none());
    }
}
