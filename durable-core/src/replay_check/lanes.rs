//! The threads that replay: plain ones, as a worker's, each with a second one that watches its time.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::options::CheckOptions;
use super::replay::{Found, Outcome, replay};
use super::report::FindingKind;
use super::subject::{Subject, Who};
use crate::history::Event;
use crate::name::WireName;
use crate::replay::Code;
use crate::version::Version;

/// After so many replays of one version that did not return, its other instances are not tried: each would cost the
/// whole time, and a thread.
const STUCK_MAX: u32 = 3;

/// A replay that is done.
pub(super) struct Done {
    pub(super) sequence: u64,
    pub(super) who: Who,
    pub(super) outcome: io::Result<Outcome>,
}

struct Job {
    sequence: u64,
    code: Code,
    subject: Subject,
    /// Bounds how many histories are in memory.
    _slot: OwnedSemaphorePermit,
}

/// The threads, and what is under way.
pub(super) struct Lanes {
    jobs: Option<Sender<Job>>,
    done: UnboundedReceiver<Done>,
    slots: Arc<Semaphore>,
}

impl Lanes {
    pub(super) fn start(options: &CheckOptions) -> io::Result<Self> {
        let threads = options.threads.clamp(1, 64);
        let (jobs, queue) = channel();
        let (sender, done) = unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let stuck = Stuck::default();
        for index in 0..threads {
            let lane = Lane {
                queue: Arc::clone(&queue),
                done: sender.clone(),
                timeout: options.timeout,
                stuck: stuck.clone(),
                runner: None,
            };
            let builder = std::thread::Builder::new().name(format!("durable-check-{index}"));
            builder.spawn(move || lane.run())?;
        }
        Ok(Self {
            jobs: Some(jobs),
            done,
            slots: Arc::new(Semaphore::new(2 * threads)),
        })
    }

    /// Has an instance replayed, once there is room.
    pub(super) async fn replay(&self, sequence: u64, code: Code, subject: Subject) {
        // Never closed, so there is always a permit to wait for; and while the jobs are open, a lane takes them.
        if let (Ok(slot), Some(jobs)) = (Arc::clone(&self.slots).acquire_owned().await, &self.jobs) {
            drop(jobs.send(Job {
                sequence,
                code,
                subject,
                _slot: slot,
            }));
        }
    }

    /// Returns a replay that is done, without waiting.
    pub(super) fn done(&mut self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    /// Takes no more.
    pub(super) fn close(&mut self) {
        self.jobs = None;
    }

    /// Waits for the next that is done; `None` when there are no more.
    pub(super) async fn rest(&mut self) -> Option<Done> {
        self.done.recv().await
    }
}

/// How many replays of which version did not return.
#[derive(Clone, Default)]
struct Stuck(Arc<Mutex<BTreeMap<(WireName, Version), u32>>>);

impl Stuck {
    fn with<T>(&self, name: &WireName, version: Version, look: impl FnOnce(&mut u32) -> T) -> T {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(counts.entry((name.clone(), version)).or_default())
    }
}

/// The thread that watches one thread that replays, and replaces it when it does not return.
struct Lane {
    queue: Arc<Mutex<Receiver<Job>>>,
    done: UnboundedSender<Done>,
    timeout: Duration,
    stuck: Stuck,
    runner: Option<Runner>,
}

impl Lane {
    fn run(mut self) {
        loop {
            let job = self.queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            let Job {
                sequence,
                code,
                subject,
                _slot,
            } = job;
            let who = subject.who.clone();
            let outcome = self.outcome(code, subject);
            // Whoever asked may be gone.
            drop(self.done.send(Done {
                sequence,
                who,
                outcome,
            }));
        }
    }

    fn outcome(&mut self, code: Code, subject: Subject) -> io::Result<Outcome> {
        let (name, version) = (subject.name.clone(), code.version);
        let found = |kind, message| Ok(Outcome::Found(Box::new(Found::new(kind, message))));
        if self.stuck.with(&name, version, |stuck| *stuck >= STUCK_MAX) {
            let message = format!("not tried: the replay of {STUCK_MAX} others did not return");
            return found(FindingKind::DidNotReturn, message);
        }
        let runner = match &mut self.runner {
            Some(runner) => runner,
            none => none.insert(Runner::start()?),
        };
        match runner.replay(code, subject, self.timeout) {
            Ok(outcome) => Ok(outcome),
            Err(RecvTimeoutError::Timeout) => {
                // Nothing can stop a thread. It is left behind, and ends with the process.
                self.runner = None;
                self.stuck.with(&name, version, |stuck| *stuck += 1);
                let limit = self.timeout;
                let message = format!(
                    "the replay did not return within {limit:?}: the code loops without an end, or blocks"
                );
                found(FindingKind::DidNotReturn, message)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.runner = None;
                let message = "the thread that replayed it ended in a panic".to_owned();
                found(FindingKind::Panics, message)
            }
        }
    }
}

/// A thread that replays.
struct Runner {
    work: Sender<(Code, Vec<Event>, bool)>,
    outcomes: Receiver<Outcome>,
}

impl Runner {
    fn start() -> io::Result<Self> {
        let (work, orders) = channel::<(Code, Vec<Event>, bool)>();
        let (answer, outcomes) = channel();
        let builder = std::thread::Builder::new().name("durable-replay".to_owned());
        builder.spawn(move || {
            for (code, history, begins) in orders {
                if answer.send(replay(code, &history, begins)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { work, outcomes })
    }

    fn replay(&self, code: Code, subject: Subject, limit: Duration) -> Result<Outcome, RecvTimeoutError> {
        let order = (code, subject.history, subject.begins);
        self.work
            .send(order)
            .map_err(|_| RecvTimeoutError::Disconnected)?;
        self.outcomes.recv_timeout(limit)
    }
}
