//! A hub that is reached through a server passes the conformance suite, every case of it: clients go over HTTP, and workers,
//! which cannot, join the hub behind.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::{
    Amendment, Capabilities, ClientOperations, CompletionToken, Fence, FenceId, HubFuture, Import,
    InstanceQuery, InstanceRecord, LoadedHistory, ManagementQueries, Page, PurgeReport, Signal, StartOutcome,
    StartRequest, TaskHub, VersionCount, WorkerHub, WorkerOffer, WorkerRecord,
};
use durable_core::{Clock, ExecutionId, FailureDetails, InstanceId, Payload, WorkerId};
use durable_remote::RemoteHub;
use durable_server::Settings;
use durable_sqlite::SqliteHub;
use durable_testkit::ManualClock;
use durable_testkit::conformance::{Opening, Setup};
use support::Serving;

#[path = "support/mod.rs"]
mod support;

const LEASE: Duration = Duration::from_secs(15);

/// What clients do goes over the network; workers join the hub behind.
#[derive(Debug)]
struct Joined {
    remote: RemoteHub,
    behind: Arc<dyn TaskHub>,
}

impl TaskHub for Joined {
    fn capabilities(&self) -> Capabilities {
        self.remote.capabilities()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        self.behind.join(offer)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.remote.clock()
    }
}

impl ClientOperations for Joined {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        self.remote.start(request)
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        self.remote.signal(instance, signal)
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        self.remote.complete_activity(token, result)
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        self.remote.wait_ended(instance, execution)
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        self.remote.wait_until(instance, predicate)
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        self.remote.amend(instance, execution, event_count, amendment)
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        self.remote.import(import)
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        self.remote.raise_fence(fence)
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        self.remote.lower_fence(id)
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        self.remote.purge(instance, recursive)
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        self.remote.purge_matching(query)
    }
}

impl ManagementQueries for Joined {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        self.remote.get(instance)
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        self.remote.query(query)
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        self.remote.history(instance, execution)
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.remote.version_counts()
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        self.remote.fences()
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        self.remote.workers()
    }
}

/// A SQLite hub in a file, with a server before each handle.
struct Served {
    folder: tempfile::TempDir,
    clock: ManualClock,
    servers: Vec<Serving>,
    /// Every handle that a case has opened.
    hubs: Vec<SqliteHub>,
}

impl Served {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: ManualClock::new(),
            servers: Vec::new(),
            hubs: Vec::new(),
        }
    }

    fn handle(&mut self) -> Opening<'_> {
        let options = SqliteHub::at(self.folder.path().join("hub.db"))
            .lease(LEASE)
            .clock(Arc::new(self.clock.clone()));
        Box::pin(async move {
            let hub = options.open()?;
            self.hubs.push(hub.clone());
            let behind: Arc<dyn TaskHub> = Arc::new(hub);
            let server = Serving::of(Arc::clone(&behind), Settings::open());
            let remote = RemoteHub::at(&server.url()).unwrap();
            self.servers.push(server);
            let remote = remote.clock(Arc::new(self.clock.clone())).open().await?;
            let joined: Arc<dyn TaskHub> = Arc::new(Joined { remote, behind });
            Ok(joined)
        })
    }
}

impl Setup for Served {
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
        self.servers.clear();
        self.hubs.clear();
        Some(self.handle())
    }
}

durable_testkit::conformance_tests!(Served::new());
