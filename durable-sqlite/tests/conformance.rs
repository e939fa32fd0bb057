//! The SQLite hub passes the conformance suite.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::{Capabilities, ClientOperations, TaskHub};
use durable_core::{InstanceId, WorkerId};
use durable_sqlite::SqliteHub;
use durable_testkit::ManualClock;
use durable_testkit::conformance::{Opening, Setup};
use support::Place;

const LEASE: Duration = Duration::from_secs(15);

struct InFile {
    place: Place,
    clock: ManualClock,
    /// Every handle that a case has opened.
    hubs: Vec<SqliteHub>,
}

impl InFile {
    fn new() -> Self {
        Self {
            place: Place::new(),
            clock: ManualClock::new(),
            hubs: Vec::new(),
        }
    }

    fn handle(&mut self) -> Opening<'_> {
        let options = SqliteHub::at(self.place.file())
            .lease(LEASE)
            .clock(Arc::new(self.clock.clone()));
        let opened = options.open().map(|hub| {
            self.hubs.push(hub.clone());
            let hub: Arc<dyn TaskHub> = Arc::new(hub);
            hub
        });
        Box::pin(ready(opened))
    }
}

impl Setup for InFile {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_atomic_outbox()
            .with_listing_by_time()
            .with_multi_process()
            .with_persistence()
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    fn open(&mut self, clock: ManualClock) -> Opening<'_> {
        self.clock = clock;
        self.handle()
    }

    fn pause(&mut self, worker: &WorkerId) {
        for hub in &self.hubs {
            hub.pause(worker).unwrap();
        }
    }

    fn settle(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let nobody = InstanceId::new("nobody").unwrap();
            for hub in &self.hubs {
                // Any request makes the writer look at the clock, and so renew what is due, before it answers.
                let _ = hub.purge(&nobody, false).await;
            }
        })
    }

    fn second(&mut self) -> Option<Opening<'_>> {
        Some(self.handle())
    }

    fn reopen(&mut self) -> Option<Opening<'_>> {
        self.hubs.clear();
        Some(self.handle())
    }
}

durable_testkit::conformance_tests!(InFile::new());
