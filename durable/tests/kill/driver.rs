//! The load: a client that starts, signals and waits all the time, and writes down what was acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use durable::client::{Client, Instance, Run};
use durable::function::OrchestratorFunction;
use durable::hub::{InstanceStatus, LoadedHistory};
use durable::prelude::*;
use durable::{ExecutionId, InstanceId, Payload};
use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::random::Random;
use crate::workload::{
    Mail, Seen, booking, cancellable, chain, chain_v1, endless, family, heart, inbox, monitor, monitor_v1,
    races, sender, timers,
};

/// The most histories that are kept to be compared with what they have become at the end.
const SAMPLES_MAX: usize = 4_000;

/// How one instance ended, as a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) instance: InstanceId,
    pub(crate) status: InstanceStatus,
    pub(crate) output: Option<Payload>,
}

/// What the hub has acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) starts: Vec<(InstanceId, ExecutionId)>,
    /// By receiver: how many mails of which sender.
    pub(crate) mails: BTreeMap<String, BTreeMap<u32, u32>>,
    pub(crate) ends: Vec<End>,
    pub(crate) samples: Vec<(InstanceId, LoadedHistory)>,
}

/// One of the lanes of the load.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    client: Client,
    log: Arc<Mutex<Log>>,
    stopping: Arc<AtomicBool>,
    numbers: Arc<AtomicU64>,
    random: Arc<Random>,
    /// Rings whenever something was acknowledged.
    pub(crate) moments: Arc<Notify>,
}

pub(crate) type Done = durable::Result<()>;

impl Driver {
    pub(crate) fn new(client: Client, seed: u64) -> Self {
        Self {
            client,
            log: Arc::default(),
            stopping: Arc::default(),
            numbers: Arc::default(),
            random: Arc::new(Random::new(seed)),
            moments: Arc::default(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Begins nothing more; what has begun goes on to its end.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one scenario after the other until told to stop.
    pub(crate) async fn run(self) -> Done {
        while !self.stopping.load(Ordering::SeqCst) {
            self.scenario(self.random.below(15)).await?;
        }
        Ok(())
    }

    /// Makes each scenario once.
    pub(crate) async fn run_each_once(&self) -> Done {
        for which in 0..15 {
            self.scenario(which).await?;
        }
        Ok(())
    }

    /// Starts so many chains, so that every worker has turns under way for a while. Returns who waits for their ends.
    pub(crate) async fn begin_chains(&self, count: u64) -> durable::Result<JoinHandle<Done>> {
        let mut runs = Vec::new();
        for n in 0..count {
            runs.push((n, self.begin(chain, n, "chain").await?));
        }
        let driver = self.clone();
        Ok(tokio::spawn(async move {
            for (n, run) in runs {
                driver.returns(&run, &(n + 2_002)).await?;
            }
            Ok(())
        }))
    }

    async fn scenario(&self, which: u64) -> Done {
        let n = self.random.below(1_000);
        match which {
            0 => {
                self.returns(&self.begin(chain, n, "chain").await?, &(n + 2_002))
                    .await
            }
            1 => {
                self.returns(&self.begin(chain_v1, n, "chain1").await?, &(n + 1_002))
                    .await
            }
            2 => self.started_twice(n).await,
            3 | 4 => self.mails().await,
            5 => self.monitored(1).await,
            6 => self.monitored(2).await,
            7 => {
                self.returns(&self.begin(family, n, "family").await?, &(2 * n + 3_014))
                    .await
            }
            8 => {
                self.returns(&self.begin(timers, 9, "timers").await?, &9_u64)
                    .await
            }
            9 => self.returns(&self.begin(races, 3, "races").await?, &3_u64).await,
            10 => {
                let run = self.begin(booking, n, "booking").await?;
                self.ends(&run, InstanceStatus::Failed).await
            }
            11 => self.cancelled(n).await,
            12 => self.terminated().await,
            13 => self.suspended().await,
            _ => {
                self.returns(&self.begin(heart, (), "heart").await?, &10_u32)
                    .await
            }
        }
    }

    /// Starts an instance under an id of its own.
    async fn begin<F, H>(&self, function: H, input: F::Input, kind: &str) -> durable::Result<Run<F>>
    where
        H: durable::function::Handle<OrchestrationContext, F>,
        F: OrchestratorFunction<Input: Send>,
    {
        let id = self.id(kind);
        let run = self.client.start(function, input).id(id).await?;
        self.note_start(&run)?;
        Ok(run)
    }

    fn id(&self, kind: &str) -> String {
        format!("{kind}-{}", self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn note_start<F: OrchestratorFunction>(&self, run: &Run<F>) -> Done {
        let execution = run.execution().cloned();
        let execution = execution.ok_or_else(|| Failure::new("a start must name its execution"))?;
        self.log().starts.push((run.id().clone(), execution));
        self.moments.notify_waiters();
        Ok(())
    }

    /// A start whose answer was lost is sent again, and starts nothing new.
    async fn started_twice(&self, n: u64) -> Done {
        let id = self.id("twice");
        let start = || self.client.start(chain, n).id(id.clone()).idempotency_key(&id);
        let (first, second) = (start().await?, start().await?);
        expect(first.execution() == second.execution(), || {
            format!("{id} was started twice")
        })?;
        self.note_start(&first)?;
        self.returns(&first, &(n + 2_002)).await
    }

    /// Mails of two clients and of an orchestrator to one instance.
    async fn mails(&self) -> Done {
        let run = self.begin(inbox, 9, "inbox").await?;
        let to = run.id().to_string();
        let sending = self.begin(sender, (to.clone(), 3, 3), "sender").await?;
        self.log().mails.entry(to).or_default().insert(3, 3);
        self.send_as_two(&run, 0..3).await?;
        self.returns(&sending, &3_u32).await?;
        self.ends(&run, InstanceStatus::Completed).await
    }

    async fn monitored(&self, version: u32) -> Done {
        let seen = || Seen {
            wanted: 8,
            mails: Vec::new(),
        };
        let run: Instance = match version {
            1 => (*self.begin(monitor_v1, seen(), "monitor1").await?).clone(),
            _ => (*self.begin(monitor, seen(), "monitor2").await?).clone(),
        };
        self.send_as_two(&run, 0..4).await?;
        self.ends(&run, InstanceStatus::Completed).await
    }

    async fn suspended(&self) -> Done {
        let run = self.begin(inbox, 6, "suspended").await?;
        self.send(&run, 1, 0..2).await?;
        run.suspend("a break").await?;
        self.send(&run, 1, 2..4).await?;
        run.wait_until(|record| record.status == InstanceStatus::Suspended)
            .await?;
        run.resume("go on").await?;
        self.send(&run, 1, 4..6).await?;
        self.ends(&run, InstanceStatus::Completed).await
    }

    async fn cancelled(&self, n: u64) -> Done {
        let run = self.begin(cancellable, n, "cancel").await?;
        self.until_waiting(&run).await?;
        run.cancel("enough").await?;
        self.ends(&run, InstanceStatus::Canceled).await
    }

    async fn terminated(&self) -> Done {
        let run = self.begin(endless, 0, "endless").await?;
        self.until_waiting(&run).await?;
        run.terminate("enough").await?;
        self.moments.notify_waiters();
        self.ends(&run, InstanceStatus::Terminated).await
    }

    async fn until_waiting(&self, run: &Instance) -> Done {
        let waiting = Payload::encode("waiting")?;
        run.wait_until(|record| record.custom_status.as_ref() == Some(&waiting))
            .await?;
        self.moments.notify_waiters();
        self.sample(run).await
    }

    /// Sends as two clients at once.
    async fn send_as_two(&self, to: &Instance, numbers: std::ops::Range<u32>) -> Done {
        let (other, receiver, same) = (self.clone(), to.clone(), numbers.clone());
        let first = tokio::spawn(async move { other.send(&receiver, 1, same).await });
        self.send(to, 2, numbers).await?;
        first.await?
    }

    /// Sends mails one after the other, each when the one before it was acknowledged.
    async fn send(&self, to: &Instance, sender: u32, numbers: std::ops::Range<u32>) -> Done {
        for number in numbers {
            to.raise_event("mail", &Mail { sender, number }).await?;
            *(self.log().mails.entry(to.id().to_string()).or_default())
                .entry(sender)
                .or_default() += 1;
            self.moments.notify_waiters();
            tokio::time::sleep(Duration::from_millis(self.random.below(30))).await;
            self.sample(to).await?;
        }
        Ok(())
    }

    async fn returns<F: OrchestratorFunction, T: Serialize>(&self, run: &Run<F>, wanted: &T) -> Done {
        self.sample(run).await?;
        self.ends(run, InstanceStatus::Completed).await?;
        let output = run.status().await?.output;
        expect(output == Some(Payload::encode(wanted)?), || {
            format!("{} returned {output:?}", run.id())
        })
    }

    /// Waits for the end, which must be of one kind.
    async fn ends(&self, run: &Instance, wanted: InstanceStatus) -> Done {
        let record = run.wait_ended().await?;
        self.moments.notify_waiters();
        expect(record.status == wanted, || {
            format!("{} ended as {}: {:?}", run.id(), record.status, record.failure)
        })?;
        self.log().ends.push(End {
            instance: record.instance,
            status: record.status,
            output: record.output,
        });
        self.sample(run).await
    }

    /// Keeps the history as it is now: what it becomes must begin with it.
    async fn sample(&self, run: &Instance) -> Done {
        if self.random.below(4) == 0 && self.log().samples.len() < SAMPLES_MAX {
            let history = run.history().await?;
            self.log().samples.push((run.id().clone(), history));
        }
        Ok(())
    }
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Done {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(otherwise()))
    }
}
