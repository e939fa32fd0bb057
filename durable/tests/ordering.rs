//! Order and completeness of messages when the hub fails at a bad moment.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use durable::client::Client;
use durable::hub::{
    ActivityBatch, ActivityDemand, Amendment, Capabilities, ClientOperations, Commit, CommitError, Committed,
    CompletionToken, Fence, FenceId, HeartbeatReply, HubError, HubErrorKind, HubFuture, Import,
    InstanceQuery, InstanceRecord, InstanceStatus, LoadedHistory, ManagementQueries, Page, PurgeReport,
    Session, Signal, StartOutcome, StartRequest, TaskHub, TurnWork, VersionCount, WorkerHub, WorkerOffer,
    WorkerRecord,
};
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::{CancelToken, Clock, ExecutionId, FailureDetails, InstanceId, Payload, Worker};
use durable_testkit::{ManualClock, MemoryHub};
use tokio::sync::{Notify, watch};

#[orchestrator]
async fn listener(ctx: OrchestrationContext, wanted: usize) -> Result<Vec<u32>, Failure> {
    let mut heard = Vec::new();
    while heard.len() < wanted {
        heard.push(ctx.event::<u32>("word").await);
    }
    Ok(heard)
}

static REPAIRED: AtomicBool = AtomicBool::new(false);

/// Blocked until its code is repaired, which here takes a switch instead of a new binary.
#[orchestrator]
async fn repaired(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    #[allow_nondeterminism(reason = "it stands for an edit of the code")]
    assert!(REPAIRED.load(Ordering::SeqCst), "not repaired");
    Ok(n)
}

static FIRST_RUNS: Notify = Notify::const_new();
static FIRST_MAY_END: Notify = Notify::const_new();

#[activity(max_concurrent = 1)]
async fn one_at_a_time(_ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    if n == 1 {
        FIRST_RUNS.notify_one();
        FIRST_MAY_END.notified().await;
    }
    Ok(n)
}

#[orchestrator]
async fn queueing(ctx: OrchestrationContext, (): ()) -> Result<(u32, u32), Failure> {
    let first = ctx.call(one_at_a_time, 1).start();
    ctx.event::<()>("second").await;
    let second = ctx.call(one_at_a_time, 2).heartbeat(seconds(30));
    let (first, second) = ctx.join((first, second)).await;
    Ok((first?, second?))
}

/// What happens at the bad moment.
#[derive(Debug, Default)]
struct Moment {
    /// The next commit fails, and has no effect.
    armed: AtomicBool,
    /// The next release is slow.
    slow: AtomicBool,
    failed: Notify,
    fetched: Notify,
    committed: Notify,
    /// The answer to the next commit comes after the fetch that follows it.
    late: AtomicBool,
    /// How many fetches have returned, and have begun.
    fetches: watch::Sender<u64>,
    begun: watch::Sender<u64>,
    /// The hub hands out activities of a name for which there is no room.
    greedy: AtomicBool,
    /// How many heartbeats were stored.
    beats: watch::Sender<u64>,
}

/// A hub for a worker alone, with one bad moment.
#[derive(Debug)]
struct MomentHub {
    inner: MemoryHub,
    moment: Arc<Moment>,
}

#[derive(Debug)]
struct MomentWorker {
    inner: Arc<dyn WorkerHub>,
    moment: Arc<Moment>,
}

/// How long the release waits for a commit that must not come.
const RELEASE_DELAY: Duration = Duration::from_millis(150);

impl WorkerHub for MomentWorker {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        Box::pin(async move {
            self.moment.begun.send_modify(|count| *count += 1);
            let work = self.inner.fetch_turns(limit).await;
            self.moment.fetches.send_modify(|count| *count += 1);
            self.moment.fetched.notify_one();
            work
        })
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        self.inner.load_history(session)
    }

    fn commit(
        &self,
        commits: Vec<Commit>,
    ) -> Pin<Box<dyn Future<Output = Vec<Result<Committed, CommitError>>> + Send + '_>> {
        Box::pin(async move {
            if self.moment.armed.swap(false, Ordering::SeqCst) {
                self.moment.failed.notify_one();
                let failed = || Err(HubError::new(HubErrorKind::Unavailable, "busy").into());
                return commits.iter().map(|_| failed()).collect();
            }
            let mut fetches = self.moment.fetches.subscribe();
            let before = *fetches.borrow();
            let answers = self.inner.commit(commits).await;
            if self.moment.late.swap(false, Ordering::SeqCst) {
                let mut begun = self.moment.begun.subscribe();
                let _ = fetches.wait_for(|count| *count > before).await;
                // The worker fetches again when it has taken what was fetched; then the answer may come.
                let _ = begun.wait_for(|count| *count > before + 1).await;
            }
            self.moment.committed.notify_one();
            answers
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            if self.moment.slow.swap(false, Ordering::SeqCst) {
                self.moment.fetched.notified().await;
                let _ = tokio::time::timeout(RELEASE_DELAY, self.moment.committed.notified()).await;
            }
            self.inner.release(session).await
        })
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        let rooms = if self.moment.greedy.load(Ordering::SeqCst) {
            [].into()
        } else {
            demand.rooms
        };
        self.inner.fetch_activities(ActivityDemand { rooms, ..demand })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let reply = self.inner.heartbeat(session, progress);
        Box::pin(async move {
            let reply = reply.await;
            self.moment.beats.send_modify(|count| *count += 1);
            reply
        })
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        self.inner.abandon(session)
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        self.inner.park(session)
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        self.inner.leave()
    }

    fn stop_renewal(&self) {
        self.inner.stop_renewal();
    }
}

impl TaskHub for MomentHub {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        Box::pin(async move {
            let worker: Arc<dyn WorkerHub> = Arc::new(MomentWorker {
                inner: self.inner.join(offer).await?,
                moment: Arc::clone(&self.moment),
            });
            Ok(worker)
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }
}

impl ClientOperations for MomentHub {
    fn start(&self, _: StartRequest) -> HubFuture<'_, StartOutcome> {
        not_for_workers()
    }
    fn signal(&self, _: &InstanceId, _: Signal) -> HubFuture<'_, ()> {
        not_for_workers()
    }
    fn complete_activity(
        &self,
        _: &CompletionToken,
        _: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        not_for_workers()
    }
    fn wait_ended(&self, _: &InstanceId, _: Option<ExecutionId>) -> HubFuture<'_, InstanceRecord> {
        not_for_workers()
    }
    fn wait_until<'a>(
        &'a self,
        _: &InstanceId,
        _: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        not_for_workers()
    }
    fn amend(&self, _: &InstanceId, _: &ExecutionId, _: u64, _: Amendment) -> HubFuture<'_, ()> {
        not_for_workers()
    }
    fn import(&self, _: Import) -> HubFuture<'_, ()> {
        not_for_workers()
    }
    fn raise_fence(&self, _: Fence) -> HubFuture<'_, ()> {
        not_for_workers()
    }
    fn lower_fence(&self, _: &FenceId) -> HubFuture<'_, bool> {
        not_for_workers()
    }
    fn purge(&self, _: &InstanceId, _: bool) -> HubFuture<'_, PurgeReport> {
        not_for_workers()
    }
    fn purge_matching(&self, _: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        not_for_workers()
    }
}

impl ManagementQueries for MomentHub {
    fn get(&self, _: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        not_for_workers()
    }
    fn query(&self, _: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        not_for_workers()
    }
    fn history(&self, _: &InstanceId, _: Option<&ExecutionId>) -> HubFuture<'_, Option<LoadedHistory>> {
        not_for_workers()
    }
    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        not_for_workers()
    }
    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.inner.version_counts()
    }
    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        self.inner.workers()
    }
}

fn not_for_workers<T: Send + 'static>() -> HubFuture<'static, T> {
    Box::pin(async { Err(HubError::new(HubErrorKind::Invalid, "no worker asks for this")) })
}

/// A worker on a hub with bad moments, and a client on the same hub without.
struct Rig {
    moment: Arc<Moment>,
    inner: MemoryHub,
    client: Client,
    stop: CancelToken,
    worker: tokio::task::JoinHandle<Result<(), durable::WorkerError>>,
}

impl Rig {
    fn new() -> Self {
        Self::on(MemoryHub::default())
    }

    fn on(inner: MemoryHub) -> Self {
        let moment = Arc::new(Moment::default());
        let hub = MomentHub {
            inner: inner.clone(),
            moment: Arc::clone(&moment),
        };
        let registry = Arc::new(Registry::collected().unwrap());
        let client = Client::with_registry(
            Arc::new(inner.clone()),
            Arc::clone(&registry),
            DefaultVersions::new(),
        );
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(Arc::new(hub), registry);
        let worker = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        Self {
            moment,
            inner,
            client,
            stop,
            worker,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.worker.await.unwrap().unwrap();
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_mins(1), test).await })
        .expect("the test must end");
}

/// Found by killing workers: a turn failed to commit, the instance was being released, and a message that was fetched
/// in between was taken for the first one. The listener heard 1 before 0.
#[test]
fn a_message_fetched_during_a_release_does_not_overtake_the_ones_that_are_given_back() {
    run(async {
        let rig = Rig::new();
        let run = rig.client.start(listener, 2).await.unwrap();
        run.wait_until(|record| record.status == InstanceStatus::Running)
            .await
            .unwrap();
        rig.inner.settled().await;
        let moment = Arc::clone(&rig.moment);
        moment.fetched.notified().await;
        moment.committed.notified().await;
        moment.armed.store(true, Ordering::SeqCst);
        moment.slow.store(true, Ordering::SeqCst);
        run.raise_event("word", &0_u32).await.unwrap();
        moment.fetched.notified().await;
        moment.failed.notified().await;
        run.raise_event("word", &1_u32).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), [0, 1]);
        rig.stop().await;
    });
}

/// The worker was handed an unblocked instance before it knew that the commit which blocked it was accepted, and then
/// forgot it: it owned the instance, and nobody made its turns.
#[test]
fn work_fetched_before_the_answer_to_the_last_commit_is_not_forgotten() {
    run(async {
        let rig = Rig::new();
        rig.moment.late.store(true, Ordering::SeqCst);
        let run = rig.client.start(repaired, 5).await.unwrap();
        run.wait_until(|record| record.blocked.is_some()).await.unwrap();
        REPAIRED.store(true, Ordering::SeqCst);
        run.resume("repaired").await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 5);
        rig.stop().await;
    });
}

/// A hub may hand out more than was asked for, as when two requests cross. What waits for its name cannot report itself.
#[test]
fn an_activity_that_waits_for_its_name_is_kept_alive() {
    run(async {
        let clock = ManualClock::new();
        let rig = Rig::on(MemoryHub::new(Arc::new(clock.clone())));
        rig.moment.greedy.store(true, Ordering::SeqCst);
        let run = rig.client.start(queueing, ()).await.unwrap();
        FIRST_RUNS.notified().await;
        run.raise_event("second", &()).await.unwrap();
        let mut beats = rig.moment.beats.subscribe();
        for beat in 1..=4 {
            let next = clock.now().saturating_add(seconds(10));
            // Two sleep: the one who keeps it alive, and the worker, whose own deadline is at times the same.
            while (clock.sleepers(), clock.next_deadline()) != (2, Some(next)) {
                tokio::task::yield_now().await;
            }
            clock.advance_to(next);
            beats.wait_for(|count| *count >= beat).await.unwrap();
        }
        FIRST_MAY_END.notify_one();
        assert_eq!(run.wait().await.unwrap(), (1, 2));
        rig.stop().await;
    });
}
