//! The hub in memory passes the conformance suite.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use durable_core::WorkerId;
use durable_core::hub::{Capabilities, TaskHub};
use durable_testkit::conformance::{Opening, Setup};
use durable_testkit::{ManualClock, MemoryHub};

#[derive(Default)]
struct InMemory(Option<MemoryHub>);

impl Setup for InMemory {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_atomic_outbox()
            .with_listing_by_time()
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn open(&mut self, clock: ManualClock) -> Opening<'_> {
        let hub = self.0.insert(MemoryHub::new(Arc::new(clock))).clone();
        let hub: Arc<dyn TaskHub> = Arc::new(hub);
        Box::pin(ready(Ok(hub)))
    }

    fn pause(&mut self, worker: &WorkerId) {
        if let Some(hub) = &self.0 {
            hub.pause(worker);
        }
    }
}

durable_testkit::conformance_tests!(InMemory::default());
