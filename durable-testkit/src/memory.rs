//! The hub in memory: the executable specification of the hub contract.
//!
//! One lock guards one [`State`]; every operation is one critical section, so each is atomic by construction. What waits
//! (long polls) looks at the state, and sleeps until the state changes or the next moment at which time alone
//! changes something. The code favours being read over speed: it scans where a real hub has an index.

mod children;
mod client;
mod commit;
mod describe;
mod fence;
mod fetch;
mod import;
mod inbox;
mod lifecycle;
mod outgoing;
mod query;
mod settle;
mod state;
mod waiting;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use durable_core::hub::{Capabilities, HubError, HubErrorKind, HubFuture, TaskHub, WorkerHub, WorkerOffer};
use durable_core::{Clock, SystemClock, WorkerId};
use tokio::sync::watch;

use self::state::State;
use self::worker::MemoryWorker;

/// How long a worker's lease lasts unless the hub is told otherwise.
const LEASE: Duration = Duration::from_secs(30);

/// A task hub that lives in memory and dies with the process. Cheap to clone; all clones are one hub.
#[derive(Debug, Clone)]
pub struct MemoryHub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    lease: Duration,
    state: Mutex<State>,
    /// Says that the state has changed; what waits looks again.
    changed: watch::Sender<()>,
}

impl Default for MemoryHub {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl MemoryHub {
    /// Makes an empty hub that lives by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_lease(clock, LEASE)
    }

    /// Makes an empty hub whose workers' leases last for `lease`.
    pub fn with_lease(clock: Arc<dyn Clock>, lease: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                lease,
                state: Mutex::new(State::default()),
                changed: watch::Sender::new(()),
            }),
        }
    }

    /// Returns how long a lease lasts that is not renewed.
    pub fn lease(&self) -> Duration {
        self.shared.lease
    }

    /// Stops the renewals of a worker's lease, as if its process hung: the lease runs out by the clock.
    pub fn pause(&self, worker: &WorkerId) {
        let mut state = self.shared.lock();
        let until = state.now.saturating_add(self.shared.lease);
        if let Some(node) = state.node_named(worker) {
            // One that is paused already has nothing to lose or gain.
            node.lease_until.get_or_insert(until);
        }
        self.shared.notify(state);
    }

    /// Ends a worker's lease at once.
    pub fn expire(&self, worker: &WorkerId) {
        let mut state = self.shared.lock();
        let now = state.now;
        if let Some(node) = state.node_named(worker) {
            node.lease_until = Some(now);
        }
        self.shared.notify(state);
    }

    /// Lets a paused worker renew its lease again, as if its process came back.
    pub fn unpause(&self, worker: &WorkerId) {
        let mut state = self.shared.lock();
        if let Some(node) = state.node_named(worker) {
            node.lease_until = None;
        }
        self.shared.notify(state);
    }
}

impl Shared {
    /// Locks the state and lets everything take effect that time alone has brought.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(self.clock.now());
        state
    }

    /// Ends a change: wakes everything that waits.
    fn notify(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.changed.send_replace(());
    }
}

impl TaskHub for MemoryHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_atomic_outbox()
            .with_listing_by_time()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        Box::pin(async move {
            let mut state = self.shared.lock();
            let node = state.join(offer)?;
            self.shared.notify(state);
            let worker: Arc<dyn WorkerHub> = Arc::new(MemoryWorker::new(Arc::clone(&self.shared), node));
            Ok(worker)
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }
}

fn not_found(what: impl std::fmt::Display) -> HubError {
    HubError::new(HubErrorKind::NotFound, format!("there is no {what}"))
}

fn conflict(message: impl Into<String>) -> HubError {
    HubError::new(HubErrorKind::Conflict, message)
}

fn invalid(message: impl Into<String>) -> HubError {
    HubError::new(HubErrorKind::Invalid, message)
}
