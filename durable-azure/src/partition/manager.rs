//! The task that makes the passes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use durable_core::{Clock, Timestamp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::keeper::{Keeper, Made};
use super::lease::QueueLease;
use super::pass::{Course, Pace};
use super::settings::PartitionSettings;
use super::store::{PartitionError, PartitionStore};

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

#[derive(Debug)]
enum Command {
    Work,
    Leave(oneshot::Sender<Departure>),
    Drained(String),
    Offer { queue: String, to: String },
    Nudge,
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
        let rounds = Rounds {
            keeper,
            clock,
            settings,
            commands: received,
            mode: Mode::Idle,
            next_pass: Timestamp::MAX,
            failures: 0,
        };
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

/// Whether passes are made.
#[derive(Debug)]
enum Mode {
    /// Nothing is owned, and none is wanted.
    Idle,
    Working,
    Leaving {
        until: Timestamp,
        told: Vec<oneshot::Sender<Departure>>,
    },
}

/// The task's own state.
#[derive(Debug)]
struct Rounds {
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    settings: PartitionSettings,
    commands: UnboundedReceiver<Command>,
    mode: Mode,
    next_pass: Timestamp,
    /// Of passes, in a row.
    failures: u32,
}

impl Rounds {
    async fn run(mut self) {
        loop {
            self.keeper.lapse();
            if self.is_too_late() {
                self.departed(Departure::Forced);
            }
            if self.clock.now() >= self.next_pass {
                self.make_pass().await;
            }
            match self.next_command().await {
                Wake::Command(command) => self.obey(command),
                Wake::Time => {}
                Wake::Dropped => return,
            }
        }
    }

    fn is_too_late(&self) -> bool {
        match &self.mode {
            Mode::Leaving { until, .. } => self.clock.now() >= *until,
            Mode::Idle | Mode::Working => false,
        }
    }

    async fn make_pass(&mut self) {
        let made = tokio::time::timeout(self.settings.pass_limit, self.keeper.pass()).await;
        let pause = match made {
            Ok(Ok(made)) => {
                self.failures = 0;
                if self.is_gone(made) {
                    return self.departed(Departure::Graceful);
                }
                match made.pace {
                    Pace::AtInterval => self.settings.interval,
                    Pace::Soon => self.settings.handover_interval,
                }
            }
            Ok(Err(error)) => self.pause_after(&error),
            Err(_) => self.pause_after(&PartitionError::Failed("the pass took too long".into())),
        };
        self.next_pass = self.clock.now() + pause;
    }

    fn is_gone(&self, made: Made) -> bool {
        match self.mode {
            Mode::Leaving { .. } => made.owned == 0,
            Mode::Idle | Mode::Working => false,
        }
    }

    /// A pass that failed is made again at once, since its rows are old; but not for ever.
    fn pause_after(&mut self, error: &PartitionError) -> std::time::Duration {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        match error {
            PartitionError::Stale { .. } => tracing::debug!(%error, failures, "another node was quicker"),
            PartitionError::Failed(source) => {
                tracing::warn!(%error, source, failures, "a pass over the partitions failed");
            }
        }
        if failures < self.settings.failures_at_once {
            std::time::Duration::ZERO
        } else {
            self.settings.interval
        }
    }

    /// Rests, and tells whoever waits for that.
    fn departed(&mut self, departure: Departure) {
        self.keeper.stop_all();
        self.call_off(departure);
        self.next_pass = Timestamp::MAX;
    }

    /// Ends the departure that is under way, if one is.
    fn call_off(&mut self, departure: Departure) {
        if let Mode::Leaving { told, .. } = std::mem::replace(&mut self.mode, Mode::Idle) {
            for waiter in told {
                // Whoever asked may not wait any more.
                let _ = waiter.send(departure);
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Work => {
                self.call_off(Departure::CalledOff);
                self.mode = Mode::Working;
                self.keeper.steer(Course::Working);
                self.next_pass = self.clock.now();
            }
            Command::Leave(waiter) => self.begin_to_leave(waiter),
            Command::Drained(queue) => {
                self.keeper.drained(&queue);
                self.hurry();
            }
            Command::Offer { queue, to } => {
                if self.keeper.offer(queue, to) {
                    self.hurry();
                }
            }
            Command::Nudge => self.hurry(),
        }
    }

    fn begin_to_leave(&mut self, waiter: oneshot::Sender<Departure>) {
        match &mut self.mode {
            Mode::Idle => {
                let _ = waiter.send(Departure::Graceful);
            }
            Mode::Working => {
                self.mode = Mode::Leaving {
                    until: self.clock.now() + self.settings.departure_limit,
                    told: vec![waiter],
                };
                self.keeper.steer(Course::Leaving);
                self.next_pass = self.clock.now();
            }
            Mode::Leaving { told, .. } => told.push(waiter),
        }
    }

    fn hurry(&mut self) {
        match self.mode {
            Mode::Idle => {}
            Mode::Working | Mode::Leaving { .. } => self.next_pass = self.clock.now(),
        }
    }

    /// Waits for a command, or for the next moment at which something is to be done.
    async fn next_command(&mut self) -> Wake {
        let mut wake = self.next_pass;
        if let Mode::Leaving { until, .. } = &self.mode {
            wake = wake.min(*until);
        }
        wake = wake.min(self.keeper.next_end().unwrap_or(wake));
        let mut command = pin!(self.commands.recv());
        let mut time = pin!(self.clock.sleep_until(wake));
        poll_fn(|cx| match command.as_mut().poll(cx) {
            Poll::Ready(Some(command)) => Poll::Ready(Wake::Command(command)),
            Poll::Ready(None) => Poll::Ready(Wake::Dropped),
            Poll::Pending => time.as_mut().poll(cx).map(|()| Wake::Time),
        })
        .await
    }
}

/// Why the task goes on.
#[derive(Debug)]
enum Wake {
    Command(Command),
    Time,
    /// The handle is gone.
    Dropped,
}
