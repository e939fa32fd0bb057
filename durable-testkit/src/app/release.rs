//! The releases that a test has deployed, one after the other.

use std::fmt;
use std::sync::{Arc, OnceLock};

use durable_core::activity::StateMap;
use durable_core::client::Client;
use durable_core::hub::TaskHub;
use durable_core::registry::Registry;
use durable_core::worker::{Worker, WorkerOptions};

use super::mock::Mocks;
use crate::MemoryHub;

/// What every release of a test has in common.
pub(super) struct Deployment {
    pub(super) hub: MemoryHub,
    pub(super) states: StateMap,
    pub(super) mocks: Arc<Mocks>,
    pub(super) options: WorkerOptions,
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment")
            .field("mocks", &self.mocks)
            .finish_non_exhaustive()
    }
}

impl Deployment {
    /// Makes a release of these functions, with the mocked ones replaced.
    pub(super) fn release(&self, registry: &Registry) -> Release {
        let registry = Arc::new(self.mocks.apply(registry));
        let hub: Arc<dyn TaskHub> = Arc::new(self.hub.clone());
        let defaults = self.options.default_versions.clone();
        let (states, options) = (self.states.clone(), self.options.clone());
        Release {
            client: Client::with_registry(Arc::clone(&hub), Arc::clone(&registry), defaults),
            worker: Worker::with_registry(hub, registry)
                .states(states)
                .options(|own| *own = options),
            next: OnceLock::new(),
        }
    }
}

/// One release, and those after it. None is ever removed, so that a test may hold on to a client of an old one.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) client: Client,
    pub(super) worker: Worker,
    next: OnceLock<Box<Release>>,
}

impl Release {
    /// Returns the latest release.
    pub(super) fn latest(&self) -> &Self {
        let mut latest = self;
        while let Some(next) = latest.next.get() {
            latest = next;
        }
        latest
    }

    /// Makes a release the latest.
    pub(super) fn follow_with(&self, release: Self) {
        let mut release = Box::new(release);
        // Should two tasks of a test deploy at once, the second follows the first.
        while let Err(refused) = self.latest().next.set(release) {
            release = refused;
        }
    }
}
