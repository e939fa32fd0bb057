//! The Azure Storage hub passes the conformance suite, on the emulator.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_azure::AzureHub;
use durable_core::WorkerId;
use durable_core::hub::{Capabilities, TaskHub};
use durable_testazure::{fresh_name, shared};
use durable_testkit::ManualClock;
use durable_testkit::conformance::{Opening, Setup};

const LEASE: Duration = Duration::from_secs(15);
/// In real time, unlike the others: after a crash, the case waits for it.
const VISIBILITY: Duration = Duration::from_secs(20);
/// In real time: putting a fence up takes as long.
const FENCE_LAG: Duration = Duration::from_millis(300);
/// The emulator is slow when it is shared by many, and after a crash its messages have to be waited for.
const CASE_TIME: Duration = Duration::from_mins(2);

struct OnAzurite {
    connection: String,
    name: String,
    clock: ManualClock,
    /// Every handle that a case has opened.
    hubs: Arc<Mutex<Vec<AzureHub>>>,
    over: Arc<AtomicBool>,
}

impl Drop for OnAzurite {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
    }
}

impl OnAzurite {
    fn new() -> Self {
        let azurite = shared().unwrap().unwrap();
        Self {
            connection: azurite.connection_string(),
            name: fresh_name("conformance"),
            clock: ManualClock::new(),
            hubs: Arc::default(),
            over: Arc::default(),
        }
    }

    fn handle(&mut self, collect: Duration) -> Opening<'_> {
        let options = AzureHub::at(&self.connection, &self.name)
            .lease(LEASE)
            .partition_lease(LEASE * 2, Duration::from_secs(3))
            .visibility(VISIBILITY)
            .timer_slice(VISIBILITY)
            .longest_polling_pause(Duration::from_millis(200))
            .collect_after_claim(collect)
            .fence_lag(FENCE_LAG)
            .clock(Arc::new(self.clock.clone()));
        Box::pin(async move {
            let hub = options.open().await?;
            self.hubs.lock().unwrap().push(hub.clone());
            let hub: Arc<dyn TaskHub> = Arc::new(hub);
            Ok(hub)
        })
    }
}

impl Setup for OnAzurite {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_multi_process()
            .with_persistence()
    }

    fn case_time(&self) -> Duration {
        CASE_TIME
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    fn open(&mut self, clock: ManualClock) -> Opening<'_> {
        self.clock = clock;
        self.handle(Duration::ZERO)
    }

    fn pause(&mut self, worker: &WorkerId) {
        for hub in self.hubs.lock().unwrap().iter() {
            hub.pause(worker);
        }
    }

    fn settle(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let hubs = self.hubs.lock().unwrap().clone();
            for hub in &hubs {
                hub.catch_up().await;
            }
        })
    }

    fn second(&mut self) -> Option<Opening<'_>> {
        // The nodes agree over their passes, which are made by the clock, and the clock stands still.
        let hubs = Arc::clone(&self.hubs);
        let over = Arc::clone(&self.over);
        std::thread::spawn(move || {
            while !over.load(Ordering::Acquire) {
                hubs.lock().unwrap().iter().for_each(AzureHub::nudge);
                std::thread::park_timeout(Duration::from_millis(100));
            }
        });
        Some(self.handle(Duration::ZERO))
    }

    fn reopen(&mut self) -> Option<Opening<'_>> {
        self.hubs.lock().unwrap().clear();
        // The order of the messages that the dead process had is that in which they came back.
        Some(self.handle(VISIBILITY + Duration::from_secs(2)))
    }
}

durable_testkit::conformance_tests!(OnAzurite::new());
