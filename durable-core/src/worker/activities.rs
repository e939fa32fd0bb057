//! The activity runner.

mod invoke;
mod observed;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;

use super::race::{Either, race};
use super::resident::LocalResult;
use super::room::{Admission, Reservation, Room};
use super::run::Shared;
use super::turn_thread::ToThread;
use crate::activity::CancelToken;
use crate::decision::Outgoing;
use crate::hub::{ActivityDemand, ActivityKey, ActivityWork, HubError, HubErrorKind, Session};
use crate::metrics::Stopwatch;
use crate::name::WireName;
use crate::registry::Registry;
use crate::time::{Clock, Timestamp};
use invoke::invoke;
use observed::Observed;

/// How long a fetch that failed waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// An activity that runs.
#[derive(Debug)]
struct Running {
    cancel: CancelToken,
    session: Session,
    abort: AbortHandle,
    /// Whether its code runs; else it waits for a slot.
    begun: bool,
}

impl Running {
    fn stop(&self) {
        self.cancel.cancel();
        self.abort.abort();
    }
}

/// What runs, and how much more may.
#[derive(Debug)]
pub(super) struct Activities {
    pub(super) room: Room,
    running: Mutex<BTreeMap<ActivityKey, Running>>,
    /// Set at shutdown: commits hand over no more activities.
    stopped: AtomicBool,
    /// Set at the end: nothing begins any more.
    over: AtomicBool,
}

impl Activities {
    pub(super) fn new(registry: &Registry, max: usize, limits: &BTreeMap<WireName, usize>) -> Self {
        Self {
            room: Room::new(registry, max, limits),
            running: Mutex::default(),
            stopped: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    /// Reserves room for the activities that a commit schedules.
    pub(super) fn reserve(&self, outgoing: &[Outgoing]) -> Option<Box<Reservation>> {
        let stopped = self.stopped.load(Ordering::SeqCst);
        (!stopped).then(|| self.room.reserve(outgoing)).flatten()
    }

    /// Runs the activities that a commit handed over.
    pub(super) fn take_over(
        &self,
        shared: &Arc<Shared>,
        works: Vec<ActivityWork>,
        mut reserved: Option<Box<Reservation>>,
    ) {
        for work in works {
            let (slot, of_name) = reserved
                .as_mut()
                .map_or((None, None), |reserved| reserved.split(&work.name));
            let admission = self.room.admit(&work.name, slot, of_name);
            self.start(shared, work, admission);
        }
    }

    /// Reserves no more slots from now on.
    pub(super) fn stop_taking(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Fetches activities until the hub is closed. Dropping the future stops it and loses nothing.
    pub(super) async fn run(&self, shared: &Arc<Shared>) -> HubError {
        let mut free = None;
        loop {
            let mut first = free.take().or_else(|| self.room.try_slot());
            let asking = self.room.asks();
            // Without a slot the fetch still brings what is to be stopped, which may be all that ever frees one.
            let demand = match &first {
                Some(_) => self.room.demand(1),
                None => ActivityDemand::default(),
            };
            let fetch = shared.node.fetch_activities(demand);
            let fetched = race(fetch, self.more_room(first.is_none())).await;
            drop(asking);
            match fetched {
                Either::Left(Ok(batch)) => {
                    for key in batch.cancel {
                        self.cancel(&key);
                    }
                    for work in batch.run {
                        let slot = first.take().or_else(|| self.room.try_slot());
                        let admission = self.room.admit(&work.name, slot, None);
                        self.start(shared, work, admission);
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

    /// Waits until something else is to be asked for than before: there is a slot, or other room for a name.
    async fn more_room(&self, full: bool) -> Option<OwnedSemaphorePermit> {
        if full {
            return self.room.slot().await;
        }
        self.room.changed().await;
        None
    }

    /// Passes on what is to be stopped, while nothing new is fetched. Never ends.
    async fn listen(&self, shared: &Arc<Shared>) {
        while let Ok(batch) = shared.node.fetch_activities(ActivityDemand::default()).await {
            batch.cancel.iter().for_each(|key| self.cancel(key));
        }
        // The hub is gone, and with it whoever could want something stopped.
        std::future::pending::<()>().await;
    }

    /// Runs an owned activity as soon as it is admitted.
    fn start(&self, shared: &Arc<Shared>, work: ActivityWork, admission: Admission) {
        let (cancel, key, session) = (CancelToken::new(), work.key.clone(), work.session.clone());
        // Locked until it is in the table: it may begin at once, and whoever stops it must find it.
        let mut running = self.running();
        if self.over.load(Ordering::SeqCst) {
            return;
        }
        let task = run_one(Arc::clone(shared), work, admission, cancel.clone());
        let started = Running {
            cancel,
            session,
            abort: shared.runtime.spawn(task).abort_handle(),
            begun: false,
        };
        running.insert(key, started);
    }

    /// Waits until no activity runs, or until the deadline; what still runs then is stopped and given back.
    pub(super) async fn drain(&self, shared: &Arc<Shared>, deadline: Timestamp) {
        let waiting = self.take_running(|running| !running.begun);
        give_back(shared, waiting).await;
        let idle = self.room.all_free();
        let out_of_time = race(shared.clock.sleep_until(deadline), self.listen(shared));
        if let Either::Left(()) = race(idle, out_of_time).await {
            return;
        }
        let left = self.take_running(|_| true);
        tracing::warn!(
            count = left.len(),
            "activities are given back: they did not end within the shutdown grace"
        );
        give_back(shared, left).await;
    }

    /// Stops whatever runs, without giving anything back. Nothing begins any more.
    pub(super) fn stop_all(&self) {
        self.over.store(true, Ordering::SeqCst);
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

async fn run_one(shared: Arc<Shared>, work: ActivityWork, mut admission: Admission, cancel: CancelToken) {
    let activities = &shared.activities;
    let queued = Stopwatch::started(shared.clock.as_ref());
    match work.heartbeat {
        None => admission.complete(&activities.room).await,
        Some(limit) => {
            // It cannot give signs of life itself before it runs.
            let waiting = keep_alive(&shared, &work.session, limit);
            race(admission.complete(&activities.room), waiting).await;
        }
    }
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
    drop(admission);
}

/// Gives signs of life for an activity that waits. Never ends.
async fn keep_alive(shared: &Shared, session: &Session, limit: Duration) {
    loop {
        let next = shared.clock.now().saturating_add(limit / 3);
        shared.clock.sleep_until(next).await;
        if let Err(error) = shared.node.heartbeat(session, None).await {
            tracing::debug!("an activity that waits for its slot could not be kept alive: {error}");
        }
    }
}

/// Returns the moment at which shutdown stops waiting.
pub(super) fn deadline(clock: &dyn Clock, grace: Duration) -> Timestamp {
    clock.now().saturating_add(grace)
}
