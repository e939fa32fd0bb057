//! The activity runner.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::race::{Either, race};
use super::resident::LocalResult;
use super::run::Shared;
use super::turn_thread::ToThread;
use crate::activity::{ActivityContext, ActivityHost, ActivityInfo, CancelToken};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::function::FunctionKind;
use crate::hub::{ActivityDemand, ActivityKey, ActivityWork, HubError, HubErrorKind, Session};
use crate::metrics::{self, Level, Stopwatch};
use crate::name::WireName;
use crate::payload::Payload;
use crate::registry::{ActivityRunner, Registry, Runner};
use crate::time::{Clock, Timestamp};
use crate::version::RecordedVersion;

/// How long a fetch that failed waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// An activity that runs.
#[derive(Debug)]
struct Running {
    cancel: CancelToken,
    session: Session,
    abort: Option<AbortHandle>,
    /// Whether its code runs; else it waits for a slot.
    begun: bool,
}

impl Running {
    fn stop(&self) {
        self.cancel.cancel();
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

/// What runs, and how much more may.
#[derive(Debug)]
pub(super) struct Activities {
    slots: Arc<Semaphore>,
    slots_max: u32,
    by_name: BTreeMap<WireName, Arc<Semaphore>>,
    running: Mutex<BTreeMap<ActivityKey, Running>>,
    /// Tells the fetch that a name is wanted again.
    unsaturated: Notify,
    /// Set at shutdown: commits hand over no more activities.
    stopped: AtomicBool,
}

impl Activities {
    pub(super) fn new(registry: &Registry, max: usize, limits: &BTreeMap<WireName, usize>) -> Self {
        let rows = registry.rows().filter(|row| row.kind() == FunctionKind::Activity);
        let mut by_name: BTreeMap<WireName, usize> = rows
            .filter_map(|row| {
                Some((
                    WireName::new(row.name).ok()?,
                    usize::try_from(row.max_concurrent?).ok()?,
                ))
            })
            .collect();
        by_name.extend(limits.iter().map(|(name, limit)| (name.clone(), *limit)));
        let slots_max = u32::try_from(max.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self {
            slots: Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))),
            slots_max,
            by_name: by_name
                .into_iter()
                .map(|(name, n)| (name, Arc::new(Semaphore::new(n.max(1)))))
                .collect(),
            running: Mutex::default(),
            unsaturated: Notify::new(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Reserves up to `wanted` slots for activities that a commit will hand over.
    pub(super) fn reserve(&self, wanted: usize) -> Option<OwnedSemaphorePermit> {
        if self.stopped.load(Ordering::SeqCst) {
            return None;
        }
        let count = wanted.min(self.slots.available_permits());
        let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
        Arc::clone(&self.slots).try_acquire_many_owned(count).ok()
    }

    /// Reserves no more slots from now on.
    pub(super) fn stop_taking(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Fetches activities until the hub is closed. Dropping the future stops it and loses nothing.
    pub(super) async fn run(&self, shared: &Arc<Shared>) -> HubError {
        let mut free = None;
        loop {
            let mut first = free
                .take()
                .or_else(|| Arc::clone(&self.slots).try_acquire_owned().ok());
            // Without a slot the fetch still brings what is to be stopped, which may be all that ever frees one.
            let demand = ActivityDemand {
                slots: first.as_ref().map_or(0, |_| 1 + self.slots.available_permits()),
                saturated: self.saturated(),
            };
            match race(
                shared.node.fetch_activities(demand),
                self.more_room(first.is_none()),
            )
            .await
            {
                Either::Left(Ok(batch)) => {
                    for key in batch.cancel {
                        self.cancel(&key);
                    }
                    for work in batch.run {
                        let slot = first
                            .take()
                            .or_else(|| Arc::clone(&self.slots).try_acquire_owned().ok());
                        self.start(shared, work, slot);
                    }
                }
                Either::Left(Err(error)) if error.kind() == HubErrorKind::Unavailable => {
                    tracing::warn!("activities could not be fetched: {error}");
                    shared
                        .clock
                        .sleep_until(shared.clock.now().saturating_add(RETRY_PAUSE))
                        .await;
                }
                Either::Left(Err(error)) => return error,
                Either::Right(slot) => free = slot,
            }
        }
    }

    /// Waits until more can be asked for than before: a free slot, or a name that is no longer full.
    async fn more_room(&self, full: bool) -> Option<OwnedSemaphorePermit> {
        if full {
            // The slots are never closed.
            return Arc::clone(&self.slots).acquire_owned().await.ok();
        }
        self.unsaturated.notified().await;
        None
    }

    /// Passes on what is to be stopped, while nothing new is fetched. Never ends.
    async fn listen(&self, shared: &Arc<Shared>) {
        let demand = || ActivityDemand {
            slots: 0,
            saturated: Vec::new(),
        };
        while let Ok(batch) = shared.node.fetch_activities(demand()).await {
            batch.cancel.iter().for_each(|key| self.cancel(key));
        }
        // The hub is gone, and with it whoever could want something stopped.
        std::future::pending::<()>().await;
    }

    /// Runs an owned activity. Without a slot it waits for one.
    pub(super) fn start(&self, shared: &Arc<Shared>, work: ActivityWork, slot: Option<OwnedSemaphorePermit>) {
        // The name's slot is taken here and not by the task, so that the next fetch knows which names are full.
        let limit = self.by_name.get(&work.name);
        let admission = Admission {
            of_name: limit.and_then(|limit| Arc::clone(limit).try_acquire_owned().ok()),
            limit: limit.cloned(),
            slot,
        };
        let cancel = CancelToken::new();
        let running = Running {
            cancel: cancel.clone(),
            session: work.session.clone(),
            abort: None,
            begun: false,
        };
        let key = work.key.clone();
        self.running().insert(key.clone(), running);
        let handle = tokio::spawn(run_one(Arc::clone(shared), work, admission, cancel));
        if let Some(running) = self.running().get_mut(&key) {
            running.abort = Some(handle.abort_handle());
        }
    }

    /// Waits until no activity runs, or until the deadline; what still runs then is stopped and given back.
    pub(super) async fn drain(&self, shared: &Arc<Shared>, deadline: Timestamp) {
        let waiting = self.take_running(|running| !running.begun);
        give_back(shared, waiting).await;
        let idle = self.slots.acquire_many(self.slots_max);
        let out_of_time = race(shared.clock.sleep_until(deadline), self.listen(shared));
        if let Either::Left(_) = race(idle, out_of_time).await {
            return;
        }
        let left = self.take_running(|_| true);
        tracing::warn!(
            count = left.len(),
            "activities are given back: they did not end within the shutdown grace"
        );
        give_back(shared, left).await;
    }

    /// Stops whatever runs, without giving anything back.
    pub(super) fn stop_all(&self) {
        self.take_running(|_| true).iter().for_each(Running::stop);
    }

    fn take_running(&self, choose: impl Fn(&Running) -> bool) -> Vec<Running> {
        let mut running = self.running();
        let taken = running.extract_if(.., |_, running| choose(running));
        taken.map(|(_, running)| running).collect()
    }

    /// Notes that an activity's code begins; returns whether it may, since it may have been given back meanwhile.
    fn begin(&self, key: &ActivityKey) -> bool {
        let mut running = self.running();
        running.get_mut(key).is_some_and(|running| {
            running.begun = true;
            true
        })
    }

    fn cancel(&self, key: &ActivityKey) {
        if let Some(running) = self.running().get(key) {
            running.cancel.cancel();
        }
    }

    fn saturated(&self) -> Vec<WireName> {
        let full = self
            .by_name
            .iter()
            .filter(|(_, slots)| slots.available_permits() == 0);
        full.map(|(name, _)| name.clone()).collect()
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<ActivityKey, Running>> {
        // Single insertions and removals: a panic cannot leave the map broken.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops activities and lets another worker have them.
async fn give_back(shared: &Arc<Shared>, left: Vec<Running>) {
    for running in left {
        running.stop();
        if let Err(error) = shared.node.abandon(running.session).await {
            tracing::debug!("an activity could not be given back: {error}");
        }
    }
}

/// What an activity needs before its code may run.
struct Admission {
    slot: Option<OwnedSemaphorePermit>,
    limit: Option<Arc<Semaphore>>,
    of_name: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// Waits until both slots are there. While it waits for its name it holds no other slot: many activities of a
    /// limited name must not hold up the rest.
    async fn complete(&mut self, slots: &Arc<Semaphore>) {
        if let (Some(limit), None) = (&self.limit, &self.of_name) {
            self.slot = None;
            self.of_name = Arc::clone(limit).acquire_owned().await.ok();
        }
        if self.slot.is_none() {
            self.slot = Arc::clone(slots).acquire_owned().await.ok();
        }
    }
}

async fn run_one(shared: Arc<Shared>, work: ActivityWork, mut admission: Admission, cancel: CancelToken) {
    let activities = &shared.activities;
    let queued = Stopwatch::started(shared.clock.as_ref());
    admission.complete(&activities.slots).await;
    if !activities.begin(&work.key) {
        return;
    }
    let observed = Observed::begun(&shared, &work, queued);
    let (key, session) = (work.key.clone(), work.session.clone());
    let completes_later = Arc::new(AtomicBool::new(false));
    let result = invoke(&shared, work, cancel, Arc::clone(&completes_later)).await;
    observed.ended(&shared, result.is_ok());
    activities.running().remove(&key);
    // A failure is a result even of an activity that meant to be completed from outside.
    if completes_later.load(Ordering::SeqCst) && result.is_ok() {
        if let Err(error) = shared.node.park(session).await {
            tracing::warn!(%key, "an activity could not be left to the outside: {error}");
        }
    } else {
        let thread = shared.threads.of(&key.instance);
        shared
            .threads
            .send(thread, ToThread::Result(LocalResult { key, session, result }));
    }
    // Freed last: shutdown takes free slots as the sign that every result is on its way.
    let limit = admission.limit.clone();
    drop(admission);
    if limit.is_some_and(|limit| limit.available_permits() > 0) {
        activities.unsaturated.notify_one();
    }
}

/// What is told about an activity that runs.
struct Observed {
    name: WireName,
    version: RecordedVersion,
    watch: Stopwatch,
    _running: Level,
}

impl Observed {
    fn begun(shared: &Shared, work: &ActivityWork, queued: Stopwatch) -> Self {
        let clock = shared.clock.as_ref();
        let labels: [&dyn std::fmt::Display; 2] = [&work.name, &work.version];
        queued.observe(clock, &metrics::ACTIVITY_QUEUE, &labels);
        metrics::ACTIVITIES_STARTED.count(&labels);
        metrics::ACTIVITIES_RETRIED.add(u64::from(work.attempt > 1), &labels);
        metrics::ACTIVITIES_REDELIVERED.add(u64::from(work.deliveries > 0), &labels);
        Self {
            name: work.name.clone(),
            version: work.version.clone(),
            watch: Stopwatch::started(clock),
            _running: Level::raised(&metrics::RUNNING_ACTIVITIES),
        }
    }

    fn ended(self, shared: &Shared, succeeded: bool) {
        let (count, outcome) = if succeeded {
            (&metrics::ACTIVITIES_COMPLETED, "completed")
        } else {
            (&metrics::ACTIVITIES_FAILED, "failed")
        };
        count.count(&[&self.name, &self.version]);
        let labels: [&dyn std::fmt::Display; 3] = [&self.name, &self.version, &outcome];
        self.watch
            .observe(shared.clock.as_ref(), &metrics::ACTIVITY_DURATION, &labels);
    }
}

/// Runs an activity's code and turns a panic into a failure.
async fn invoke(
    shared: &Arc<Shared>,
    work: ActivityWork,
    cancel: CancelToken,
    completes_later: Arc<AtomicBool>,
) -> Result<Payload, FailureDetails> {
    let row = work
        .version
        .known()
        .and_then(|v| shared.registry.find(FunctionKind::Activity, &work.name, v));
    let Some(Runner::Activity(runner)) = row.map(|row| row.runner) else {
        let message = format!(
            "this worker has no activity `{}` version {}",
            work.name, work.version
        );
        return Err(FailureDetails::new(
            FailureOrigin::Infrastructure,
            "MissingActivity",
            message,
        ));
    };
    let span = tracing::info_span!("activity", instance = %work.key.instance, name = %work.name, version = %work.version,
        replaying = false, task = %work.key.task, attempt = work.attempt);
    let host = ActivityHost {
        node: Arc::clone(&shared.node),
        session: work.session,
        completes_later,
    };
    let info = ActivityInfo {
        key: work.key,
        name: work.name,
        version: work.version,
        attempt: work.attempt,
        deliveries: work.deliveries,
        deadline: work.deadline,
        progress: work.progress,
    };
    let ctx = ActivityContext::new(info, Arc::clone(&shared.states), cancel, host);
    let input = work.input;
    let task = match runner {
        ActivityRunner::Async(run) => tokio::spawn(in_span(span, run(ctx, input))),
        ActivityRunner::Blocking(run) => {
            tokio::task::spawn_blocking(move || span.in_scope(|| run(ctx, input)))
        }
    };
    let aborted = AbortOnDrop(task.abort_handle());
    let result = match task.await {
        Ok(result) => result,
        Err(error) => Err(of_join_error(error)),
    };
    drop(aborted);
    result
}

/// Stops an activity's own task when the task that watches it is stopped.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn of_join_error(error: tokio::task::JoinError) -> FailureDetails {
    match error.try_into_panic() {
        Ok(panic) => {
            let text = crate::replay::panic_text(panic.as_ref());
            FailureDetails::new(FailureOrigin::Panic, "Panic", text)
        }
        Err(error) => FailureDetails::new(FailureOrigin::Infrastructure, "Stopped", error.to_string()),
    }
}

/// Enters a span for each poll, so that it never leaks into other tasks of the thread.
async fn in_span<F: Future>(span: tracing::Span, future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |cx| span.in_scope(|| future.as_mut().poll(cx))).await
}

/// Returns the moment at which shutdown stops waiting.
pub(super) fn deadline(clock: &dyn Clock, grace: Duration) -> Timestamp {
    clock.now().saturating_add(grace)
}
