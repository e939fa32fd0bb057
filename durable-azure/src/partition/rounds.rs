//! The task that makes the passes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_core::{Clock, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::keeper::{Keeper, Made};
use super::manager::Departure;
use super::pass::{Course, Pace};
use super::settings::PartitionSettings;
use super::store::PartitionError;

/// What the task is told.
#[derive(Debug)]
pub(super) enum Command {
    Work,
    Leave(oneshot::Sender<Departure>),
    Drained(String),
    Offer { queue: String, to: String },
    Nudge,
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
pub(super) struct Rounds {
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
    /// Makes no pass yet.
    pub(super) fn new(
        keeper: Keeper,
        clock: Arc<dyn Clock>,
        settings: PartitionSettings,
        commands: UnboundedReceiver<Command>,
    ) -> Self {
        Self {
            keeper,
            clock,
            settings,
            commands,
            mode: Mode::Idle,
            next_pass: Timestamp::MAX,
            failures: 0,
        }
    }

    /// Makes passes until the handle is gone.
    pub(super) async fn run(mut self) {
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
    fn pause_after(&mut self, error: &PartitionError) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        match error {
            PartitionError::Stale { .. } => tracing::debug!(%error, failures, "another node was quicker"),
            PartitionError::Failed(source) => {
                tracing::warn!(%error, source, failures, "a pass over the partitions failed");
            }
        }
        if failures < self.settings.failures_at_once {
            Duration::ZERO
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
