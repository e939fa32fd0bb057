//! The dispatcher: brings fetched work to the thread that holds, or will hold, its instance.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::run::Shared;
use super::turn_thread::ToThread;
use crate::hub::{HubError, HubErrorKind};
use crate::id::InstanceId;

/// The most instances that one fetch takes.
const FETCH_MAX: usize = 64;

/// How long a fetch that failed waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// The ways to the turn threads.
#[derive(Debug)]
pub(super) struct Threads(Vec<Sender<ToThread>>);

impl Threads {
    /// Makes the ways, and what the threads listen on.
    pub(super) fn new(count: usize) -> (Self, Vec<Receiver<ToThread>>) {
        let (senders, receivers) = (0..count.max(1)).map(|_| channel()).unzip();
        (Self(senders), receivers)
    }

    /// Returns the thread that an instance belongs to.
    pub(super) fn of(&self, instance: &InstanceId) -> usize {
        let hash = instance.as_str().bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        usize::try_from(hash).unwrap_or(0) % self.0.len().max(1)
    }

    /// Returns the way to a thread.
    pub(super) fn way_to(&self, thread: usize) -> Option<&Sender<ToThread>> {
        self.0.get(thread)
    }

    pub(super) fn send(&self, thread: usize, message: ToThread) {
        if let Some(sender) = self.way_to(thread) {
            // A thread that has stopped released everything; what comes later is handed out again by the hub.
            drop(sender.send(message));
        }
    }

    /// Lets every instance go that rests, now and from now on: another worker can have it at once.
    pub(super) fn drain(&self) {
        for sender in &self.0 {
            drop(sender.send(ToThread::Drain));
        }
    }

    pub(super) fn stop(&self) {
        for sender in &self.0 {
            drop(sender.send(ToThread::Stop));
        }
    }
}

/// Fetches turns until the hub is closed. Dropping the future stops it and loses nothing.
///
/// There is one fetch at a time: of two, the later messages of an instance could overtake the earlier ones.
pub(super) async fn run(shared: Arc<Shared>, slots: Arc<Semaphore>) -> HubError {
    loop {
        let Ok(first) = Arc::clone(&slots).acquire_owned().await else {
            return HubError::new(HubErrorKind::Closed, "the worker's turn slots are closed");
        };
        let mut permits = vec![first];
        while permits.len() < FETCH_MAX
            && let Ok(permit) = Arc::clone(&slots).try_acquire_owned()
        {
            permits.push(permit);
        }
        match shared.node.fetch_turns(permits.len()).await {
            Ok(fetched) => {
                for work in fetched {
                    let Some(permit) = permits.pop() else { break };
                    shared
                        .threads
                        .send(shared.threads.of(&work.instance), ToThread::Work(work, permit));
                }
            }
            Err(error) if error.kind() == HubErrorKind::Unavailable => {
                tracing::warn!("turns could not be fetched: {error}");
                shared
                    .clock
                    .sleep_until(shared.clock.now().saturating_add(RETRY_PAUSE))
                    .await;
            }
            Err(error) => return error,
        }
    }
}
