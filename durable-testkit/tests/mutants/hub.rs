//! A hub in memory with a defect around it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_core::hub::*;
use durable_core::{Clock, ExecutionId, FailureDetails, InstanceId, Payload, WorkerId};
use durable_testkit::conformance::{Opening, Setup};
use durable_testkit::{ManualClock, MemoryHub};

use crate::defect::{Defect, Ignored, Parts};

/// Makes hubs with a defect.
pub(crate) struct Broken {
    defect: Defect,
    hub: Option<MemoryHub>,
}

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        Self { defect, hub: None }
    }
}

impl Setup for Broken {
    fn capabilities(&self) -> Capabilities {
        MemoryHub::default().capabilities()
    }

    fn lease(&self) -> Duration {
        MemoryHub::default().lease()
    }

    fn open(&mut self, clock: ManualClock) -> Opening<'_> {
        let hub = self.hub.insert(MemoryHub::new(Arc::new(clock))).clone();
        let hub: Arc<dyn TaskHub> = Arc::new(BrokenHub {
            inner: Arc::new(hub),
            defect: self.defect,
            owners: Arc::default(),
            runners: Arc::default(),
            rewound: Arc::default(),
        });
        Box::pin(ready(Ok(hub)))
    }

    fn pause(&mut self, worker: &WorkerId) {
        match &self.hub {
            Some(_) if self.defect.ignores(Ignored::LeaseEnd) => {}
            Some(hub) if self.defect.ignores(Ignored::LeaseLength) => hub.expire(worker),
            Some(hub) => hub.pause(worker),
            None => {}
        }
    }
}

/// Who owned an instance last, and with which session.
type Owners = Arc<Mutex<BTreeMap<InstanceId, (Arc<dyn WorkerHub>, Session)>>>;

/// Who ran an activity last, and with which session.
type Runners = Arc<Mutex<BTreeMap<ActivityKey, (Arc<dyn WorkerHub>, Session)>>>;

/// Executions that were rewound.
type Rewound = Arc<Mutex<BTreeSet<ExecutionId>>>;

#[derive(Debug)]
struct BrokenHub {
    inner: Arc<MemoryHub>,
    defect: Defect,
    owners: Owners,
    runners: Runners,
    rewound: Rewound,
}

#[derive(Debug)]
struct BrokenWorker {
    inner: Arc<dyn WorkerHub>,
    hub: Arc<MemoryHub>,
    defect: Defect,
    owners: Owners,
    runners: Runners,
    rewound: Rewound,
}

/// A session with the activity that it is of.
#[derive(PartialEq, Eq)]
struct Running {
    key: ActivityKey,
    session: Session,
}

fn label_running(work: ActivityWork) -> ActivityWork {
    let labelled = Running {
        key: work.key.clone(),
        session: work.session.clone(),
    };
    ActivityWork {
        session: Session::new(labelled),
        ..work
    }
}

/// A session with the instance that it is of.
struct Labelled {
    instance: InstanceId,
    session: Session,
    defect: Defect,
}

impl PartialEq for Labelled {
    fn eq(&self, other: &Self) -> bool {
        match self.defect.ignored {
            Ignored::NewOwnership => self.instance == other.instance,
            Ignored::SameOwnership => false,
            _ => self.session == other.session,
        }
    }
}

fn label(work: TurnWork, defect: Defect) -> TurnWork {
    let labelled = Labelled {
        instance: work.instance.clone(),
        session: work.session.clone(),
        defect,
    };
    TurnWork {
        session: Session::new(labelled),
        ..work
    }
}

fn plain(session: &Session) -> Session {
    let of_turn = session.token::<Labelled>().map(|labelled| &labelled.session);
    let of_activity = session.token::<Running>().map(|labelled| &labelled.session);
    of_turn.or(of_activity).unwrap_or(session).clone()
}

impl ClientOperations for BrokenHub {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        self.inner.start((self.defect.start)(request))
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let signal = match signal {
            Signal::Terminate { reason, recursive } => {
                let recursive = (self.defect.recursive)(recursive);
                Signal::Terminate { reason, recursive }
            }
            other => other,
        };
        match (self.defect.signal)(signal) {
            Some(signal) => self.inner.signal(instance, signal),
            None => Box::pin(ready(Ok(()))),
        }
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        if self.defect.ignores(Ignored::OutsideCompletion) {
            return Box::pin(ready(Ok(())));
        }
        self.inner.complete_activity(token, result)
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        if self.defect.ignores(Ignored::WaitForTheEnd) {
            return self.inner.wait_until(instance, Box::new(|_| true));
        }
        self.inner.wait_ended(instance, execution)
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        self.inner.wait_until(instance, predicate)
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let (id, execution) = (instance.clone(), execution.clone());
        if let Amendment::Rewind { events, .. } = &amendment {
            if events.is_empty() && self.defect.ignores(Ignored::EmptyRewind) {
                let error = HubError::new(HubErrorKind::Invalid, "a history begins with an event");
                return Box::pin(ready(Err(error)));
            }
            self.rewound.lock().unwrap().insert(execution.clone());
        }
        Box::pin(async move {
            match self.inner.get(&id).await? {
                Some(record) if self.defect.ignores(Ignored::AmendedPlace) => {
                    self.inner
                        .amend(&id, &record.execution, record.event_count, amendment)
                        .await
                }
                _ => self.inner.amend(&id, &execution, event_count, amendment).await,
            }
        })
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        let mut parts = Parts {
            record: import.record().clone(),
            events: import.events().to_vec(),
            timers: import.timers().to_vec(),
        };
        (self.defect.import)(&mut parts);
        let history = LoadedHistory {
            execution: parts.record.execution.clone(),
            events: parts.events,
        };
        let import = Import::new(parts.record, history, parts.timers).unwrap();
        Box::pin(async move {
            match self.inner.import(import).await {
                Err(_) if self.defect.ignores(Ignored::TakenImport) => Ok(()),
                answer => answer,
            }
        })
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        self.inner.raise_fence((self.defect.fence)(fence))
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        if self.defect.ignores(Ignored::FenceEnd) {
            return Box::pin(ready(Ok(true)));
        }
        self.inner.lower_fence(id)
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        self.inner.purge(instance, (self.defect.recursive)(recursive))
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        self.inner.purge_matching((self.defect.query)(query))
    }
}

impl ManagementQueries for BrokenHub {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let id = instance.clone();
        Box::pin(async move { Ok(self.inner.get(&id).await?.map(self.defect.record)) })
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        self.inner.query((self.defect.query)(query))
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let whose = (!self.defect.ignores(Ignored::WhoseHistory)).then_some(execution);
        self.inner.history(instance, whose.flatten())
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        self.inner.fences()
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.inner.version_counts()
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        self.inner.workers()
    }
}

impl TaskHub for BrokenHub {
    fn capabilities(&self) -> Capabilities {
        (self.defect.capabilities)(self.inner.capabilities())
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        Box::pin(async move {
            let worker: Arc<dyn WorkerHub> = Arc::new(BrokenWorker {
                inner: self.inner.join((self.defect.offer)(offer)).await?,
                hub: Arc::clone(&self.inner),
                defect: self.defect,
                owners: Arc::clone(&self.owners),
                runners: Arc::clone(&self.runners),
                rewound: Arc::clone(&self.rewound),
            });
            Ok(worker)
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }
}

impl BrokenWorker {
    /// Commits one element through whichever worker the defect lets through.
    async fn commit_one(&self, mut commit: Commit) -> Result<Committed, CommitError> {
        let mut through = Arc::clone(&self.inner);
        if let Some(turn) = &mut commit.turn {
            let id = turn
                .session
                .token::<Labelled>()
                .map(|labelled| labelled.instance.clone())
                .unwrap();
            turn.session = plain(&turn.session);
            if self.defect.ignores(Ignored::EventCount)
                && let Some(record) = self.hub.get(&id).await?
            {
                turn.base_event_count = record.event_count;
            }
            if self.defect.ignores(Ignored::Epoch)
                && let Some((worker, session)) = self.owners.lock().unwrap().get(&id)
            {
                (through, turn.session) = (Arc::clone(worker), session.clone());
            }
        }
        for completion in &mut commit.completions {
            let running = completion.session.token::<Running>();
            let latest = running.and_then(|it| self.runners.lock().unwrap().get(&it.key).cloned());
            completion.session = plain(&completion.session);
            if self.defect.ignores(Ignored::ActivityEpoch)
                && let Some(latest) = latest
            {
                (through, completion.session) = latest;
            }
        }
        if let Some(turn) = &mut commit.turn
            && self.defect.ignores(Ignored::RewoundFamily)
        {
            let rewound = self.rewound.lock().unwrap();
            turn.outgoing.retain(
                |sent| !matches!(sent, Outgoing::Send { execution: Some(to), .. } if rewound.contains(to)),
            );
        }
        let mut answer = Ok(Committed::default());
        for part in (self.defect.commit)(commit) {
            answer = through.commit(vec![part]).await.remove(0);
        }
        answer.map(|mut committed| {
            committed.activities = self.handed_out(committed.activities);
            (self.defect.committed)(committed)
        })
    }

    /// Notes who runs what.
    fn handed_out(&self, works: Vec<ActivityWork>) -> Vec<ActivityWork> {
        let mut runners = self.runners.lock().unwrap();
        for work in &works {
            let latest = (Arc::clone(&self.inner), work.session.clone());
            runners.insert(work.key.clone(), latest);
        }
        works.into_iter().map(label_running).collect()
    }
}

impl WorkerHub for BrokenWorker {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        Box::pin(async move {
            let turns = if self.defect.ignores(Ignored::Notification) {
                let clock = self.hub.clock();
                let mut fetch = self.inner.fetch_turns(limit);
                loop {
                    let look = std::future::poll_fn(|cx| std::task::Poll::Ready(fetch.as_mut().poll(cx)));
                    if let std::task::Poll::Ready(turns) = look.await {
                        break turns?;
                    }
                    clock
                        .sleep_until(clock.now().saturating_add(Duration::from_secs(1)))
                        .await;
                }
            } else {
                self.inner.fetch_turns(limit).await?
            };
            let mut owners = self.owners.lock().unwrap();
            for turn in &turns {
                owners.insert(
                    turn.instance.clone(),
                    (Arc::clone(&self.inner), turn.session.clone()),
                );
            }
            Ok((self.defect.turns)(
                turns.into_iter().map(|it| label(it, self.defect)).collect(),
            ))
        })
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        let session = plain(session);
        Box::pin(async move { Ok((self.defect.history)(self.inner.load_history(&session).await?)) })
    }

    fn commit(
        &self,
        commits: Vec<Commit>,
    ) -> Pin<Box<dyn Future<Output = Vec<Result<Committed, CommitError>>> + Send + '_>> {
        Box::pin(async move {
            let mut answers = Vec::new();
            for commit in commits {
                answers.push(self.commit_one(commit).await);
            }
            answers
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        if self.defect.ignores(Ignored::Release) {
            return Box::pin(ready(Ok(())));
        }
        self.inner.release(plain(&session))
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        Box::pin(async move {
            let demand = (self.defect.demand)(demand);
            let mut batch = self.inner.fetch_activities(demand).await?;
            batch.run = self.handed_out(batch.run);
            Ok((self.defect.batch)(batch))
        })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let session = plain(session);
        if self.defect.ignores(Ignored::SignOfLife) {
            return Box::pin(ready(Ok(HeartbeatReply { cancelled: false })));
        }
        Box::pin(async move {
            let reply = self
                .inner
                .heartbeat(&session, (self.defect.progress)(progress))
                .await?;
            Ok((self.defect.heartbeat)(reply))
        })
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        if self.defect.ignores(Ignored::Park) {
            return Box::pin(ready(Ok(())));
        }
        self.inner.park(plain(&session))
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        if self.defect.ignores(Ignored::Abandon) {
            return Box::pin(ready(Ok(())));
        }
        self.inner.abandon(plain(&session))
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        if self.defect.ignores(Ignored::Leave) {
            return Box::pin(ready(Ok(())));
        }
        self.inner.leave()
    }

    fn stop_renewal(&self) {
        if !self.defect.ignores(Ignored::RenewalStop) {
            self.inner.stop_renewal();
        }
    }
}
