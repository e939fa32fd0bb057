//! Hubs in an Azure Storage account: how they are described and opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_core::WorkerId;
use durable_core::hub::{
    Access, Capabilities, DescribesHub, HubError, HubErrorKind, HubFuture, TaskHub, WorkerHub, WorkerOffer,
};
use durable_core::{Clock, Timestamp};
use tokio::runtime::Runtime;

use super::shared::{Parts, Shared};
use super::worker::AzureWorker;
use super::{effects, partitions, renewal, role, work_items, workers};
use crate::error::invalid;
use crate::partition::{PartitionManager, PartitionSettings, PartitionTable};
use crate::settings::Settings;
use crate::transport::{Account, AccountError, RetrySettings, Service, Storage};
use crate::value::Ticks;
use crate::wire::{HubName, Names};

/// A task hub in an Azure Storage account. Cheap to clone; all clones are one node, which ends when the last is dropped and
/// every worker that joined through it.
#[derive(Clone)]
pub struct AzureHub {
    pub(crate) owner: Arc<Owner>,
}

impl fmt::Debug for AzureHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureHub")
            .field("place", &self.owner.place)
            .finish_non_exhaustive()
    }
}

/// What lives as long as a node: its memory, and the threads that its own tasks run on.
pub(crate) struct Owner {
    pub(crate) shared: Arc<Shared>,
    runtime: Option<Runtime>,
    access: Access,
    place: String,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Without waiting: it may be dropped on a thread that must not.
            runtime.shutdown_background();
        }
    }
}

impl Owner {
    /// Runs an operation on the node's own threads, to its end even if the caller does not wait for it.
    pub(crate) fn run<T, F, Fut>(&self, operation: F) -> HubFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Shared>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, HubError>> + Send + 'static,
    {
        Box::pin(async move {
            let done = self.shared.runtime.spawn(operation(Arc::clone(&self.shared)));
            let stopped = |error: tokio::task::JoinError| {
                HubError::new(HubErrorKind::Closed, "the operation was cut off").with_source(error)
            };
            done.await.map_err(stopped)?
        })
    }
}

/// Which hub in which account, and how it behaves. Opened by [`open`](Self::open), or as the hub of an app.
///
/// ```no_run
/// # use durable_azure::AzureHub;
/// # async fn example() -> Result<(), durable_core::hub::HubError> {
/// let hub = AzureHub::at("UseDevelopmentStorage=true", "Orders").partitions(8).open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AzureOptions {
    account: Result<Account, AccountError>,
    hub: String,
    tracking: Option<Tracking>,
    settings: Settings,
}

/// Where the tables and blobs are, if not with the queues.
#[derive(Clone)]
struct Tracking {
    account: Result<Account, AccountError>,
    prefix: String,
}

impl fmt::Debug for AzureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureOptions")
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

impl AzureHub {
    /// Describes the hub `hub` in the account that a connection string is of. Nothing is touched before it is opened; what
    /// is wrong with either is said then.
    pub fn at(connection_string: &str, hub: &str) -> AzureOptions {
        AzureOptions {
            account: Account::from_connection_string(connection_string),
            hub: hub.to_owned(),
            tracking: None,
            settings: Settings::default(),
        }
    }

    /// Describes the hub `hub` in an account.
    pub fn of(account: Account, hub: &str) -> AzureOptions {
        AzureOptions {
            account: Ok(account),
            hub: hub.to_owned(),
            tracking: None,
            settings: Settings::default(),
        }
    }

    /// Describes the hub `hub` in the account whose connection string is in the environment variable
    /// `DURABLE_AZURE_CONNECTION_STRING`.
    pub fn in_environment(hub: &str) -> AzureOptions {
        AzureOptions {
            account: Account::from_environment(),
            hub: hub.to_owned(),
            tracking: None,
            settings: Settings::default(),
        }
    }

    /// Opens the hub `hub` in the account that a connection string is of, with the Durable Task Framework's defaults; what
    /// is missing is created.
    pub async fn connect(connection_string: &str, hub: &str) -> Result<Self, HubError> {
        Self::at(connection_string, hub).open().await
    }

    /// Makes this program's application the one that works on the hub. The other notices at its next renewal.
    ///
    /// `Conflict` if no application was named by [`AzureOptions::app`].
    pub async fn make_primary(&self) -> Result<(), HubError> {
        self.change(|shared| async move { shared.make_primary().await })
            .await
    }

    /// Returns how many requests were sent to the storage.
    pub fn operations(&self) -> &crate::transport::Operations {
        self.owner.shared.storage.operations()
    }

    /// Returns up to when all writes are certain to be at the secondary of a geo-redundant account, which answers queries
    /// when the primary does not. `None` if it has not said so yet; `Invalid` if the account has no secondary.
    pub async fn last_sync_time(&self) -> Result<Option<Timestamp>, HubError> {
        self.owner
            .run(|shared| async move {
                let mut earliest = Some(Timestamp::MAX);
                for service in [Service::Table, Service::Blob] {
                    let time = shared.tracking.last_sync_time(service).await?;
                    earliest = earliest.min(time.map(Ticks::timestamp));
                }
                Ok(earliest)
            })
            .await
    }

    /// Returns how many control queues this node reads now.
    pub fn partitions_owned(&self) -> usize {
        self.owner.shared.with(|state| state.partitions.len())
    }

    /// Stops the renewal of a worker's lease, as if its process stood still.
    #[doc(hidden)]
    pub fn pause(&self, worker: &WorkerId) {
        let lease = self.owner.shared.settings.lease;
        self.owner.shared.change(|state| {
            if let Some(key) = state.worker_named(worker) {
                state.stop_renewal(key, lease);
            }
        });
    }

    /// Makes a pass over the partition table now. For tests that own the clock.
    #[doc(hidden)]
    pub fn nudge(&self) {
        if let Some(manager) = self.owner.shared.partitions.get() {
            manager.nudge();
        }
    }

    /// Has the leases of the partitions renewed by the present time, and returns when they are, or after two seconds.
    ///
    /// For tests that own the clock: with the machine's clock it happens by itself.
    #[doc(hidden)]
    pub async fn catch_up(&self) {
        let shared = &self.owner.shared;
        let lease = shared.settings.partition_lease;
        for _ in 0..200 {
            let is_renewed = shared.with(|state| {
                let enough = state.now.saturating_add(lease / 4 * 3);
                state.partitions.values().all(|lease| lease.end() >= enough)
            });
            if is_renewed {
                return;
            }
            if let Some(manager) = shared.partitions.get() {
                manager.nudge();
            }
            shared.pause(Duration::from_millis(10)).await;
        }
    }

    /// Makes a change, unless the hub is open for reading only.
    pub(crate) fn change<T, F, Fut>(&self, operation: F) -> HubFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Shared>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, HubError>> + Send + 'static,
    {
        match self.owner.access {
            Access::ReadWrite => self.owner.run(operation),
            Access::ReadOnly => Box::pin(async { Err(invalid("the hub is open for reading only")) }),
        }
    }
}

impl AzureOptions {
    /// Sets how many control queues a new hub has, 1 to 16; 4 unless it is set. It cannot be changed on a hub that exists.
    #[must_use]
    pub fn partitions(mut self, count: u32) -> Self {
        self.settings.partitions = count;
        self
    }

    /// Keeps tables and blobs in an account of their own, of which this is the connection string, with `prefix` before the
    /// names of the tables of histories and instances (`TrackingStoreConnectionStringName`, `TrackingStoreNamePrefix`).
    /// Several hubs may share them.
    #[must_use]
    pub fn tracking_store(mut self, connection_string: &str, prefix: &str) -> Self {
        self.tracking = Some(Tracking {
            account: Account::from_connection_string(connection_string),
            prefix: prefix.to_owned(),
        });
        self
    }

    /// Names the application that this program is a part of: then one application at a time works on the hub, and the others
    /// wait. Without a name, all work (the framework's `UseAppLease`, which it switches on unless told otherwise).
    #[must_use]
    pub fn app(mut self, name: impl Into<String>) -> Self {
        self.settings.app = Some(name.into());
        self
    }

    /// Sets the clock by which leases, due times and start times are judged.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Sets how long a worker's lease lasts that is not renewed; 30 seconds unless it is set.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// Sets how long a node owns a partition without a renewal, and how often it looks at the partition table; 30 and 10
    /// seconds unless they are set.
    #[must_use]
    pub fn partition_lease(mut self, lease: Duration, interval: Duration) -> Self {
        (self.settings.partition_lease, self.settings.partition_interval) = (lease, interval);
        self
    }

    /// Sets how long a dequeued message stays hidden unless that is renewed; 5 minutes unless it is set.
    ///
    /// After a crash, the messages that the dead process had are seen again when this time is over.
    #[must_use]
    pub fn visibility(mut self, time: Duration) -> Self {
        self.settings.visibility = time;
        self
    }

    /// Sets how long a timer's message is hidden before it is looked at again; 6 days unless it is set, 7 at most.
    #[must_use]
    pub fn timer_slice(mut self, slice: Duration) -> Self {
        self.settings.timer_slice = slice;
        self
    }

    /// Sets the longest pause between looks into an empty queue; 30 seconds unless it is set.
    #[must_use]
    pub fn longest_polling_pause(mut self, pause: Duration) -> Self {
        self.settings.polling.longest = pause;
        self
    }

    /// Sets for how long the messages of a partition are collected before any is handed out, once it was claimed; not at
    /// all unless it is set. Longer than the visibility, messages that a dead node had come in their order.
    #[must_use]
    pub fn collect_after_claim(mut self, time: Duration) -> Self {
        self.settings.collect_after_claim = time;
        self
    }

    /// Sets when and for how long requests to the storage are tried again.
    #[must_use]
    pub fn retry(mut self, retry: RetrySettings) -> Self {
        self.settings.retry = retry;
        self
    }

    /// Opens the hub; what is missing is created.
    pub async fn open(&self) -> Result<AzureHub, HubError> {
        self.open_for(Access::ReadWrite).await
    }

    async fn open_for(&self, access: Access) -> Result<AzureHub, HubError> {
        self.settings.check()?;
        let wrong = |error: &AccountError| {
            invalid(format!("the storage account: {error}")).with_source(error.clone())
        };
        let account = self.account.as_ref().map_err(wrong)?;
        let name = HubName::new(&self.hub);
        let name = name.map_err(|error| invalid(error.to_string()).with_source(error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("durable-azure")
            .enable_all()
            .build();
        let failed =
            |error| HubError::new(HubErrorKind::Unavailable, "no thread can be started").with_source(error);
        let runtime: Runtime = runtime.map_err(|error: std::io::Error| failed(error))?;
        let open = |account: &Account| {
            let _within = runtime.enter();
            Storage::open(account, self.settings.retry.clone()).map_err(|error| wrong(&error))
        };
        let storage = open(account)?;
        let (tracking, names) = match &self.tracking {
            None => (storage.clone(), Names::new(name)),
            Some(tracking) => {
                let names = Names::with_tracking_prefix(name, &tracking.prefix);
                let names = names.map_err(|error| invalid(error.to_string()).with_source(error))?;
                (open(tracking.account.as_ref().map_err(wrong)?)?, names)
            }
        };
        let partitions_table = tracking.table(&names.partitions_table());
        let parts = Parts {
            settings: self.settings.clone(),
            names,
            node: format!("durable-{}", Shared::new_guid()?.simple()),
            storage,
            tracking,
            runtime: runtime.handle().clone(),
        };
        let (shared, told) = Shared::new(parts);
        let owner = Owner {
            shared: Arc::new(shared),
            runtime: Some(runtime),
            access,
            place: self.place(),
        };
        if access == Access::ReadWrite {
            let table = partitions_table.clone();
            owner
                .run(move |shared| async move {
                    shared.seek_app_lease().await?;
                    shared.create(&table).await
                })
                .await?;
            let _within = owner.shared.runtime.enter();
            tokio::spawn(effects::serve(Arc::clone(&owner.shared), told));
            let settings = PartitionSettings {
                lease: self.settings.partition_lease,
                interval: self.settings.partition_interval,
                ..PartitionSettings::default()
            };
            let store = Arc::new(PartitionTable::new(&partitions_table, &settings));
            let clock = owner.shared.clock();
            let (manager, events) =
                PartitionManager::start(store, owner.shared.node.clone(), clock, settings);
            // Set once: the hub was made just now.
            let _ = owner.shared.partitions.set(manager);
            tokio::spawn(partitions::serve(Arc::clone(&owner.shared), events));
            tokio::spawn(role::serve(Arc::clone(&owner.shared)));
            tokio::spawn(renewal::serve(Arc::clone(&owner.shared)));
            tokio::spawn(work_items::serve(Arc::clone(&owner.shared)));
            tokio::spawn(workers::serve(Arc::clone(&owner.shared)));
            tokio::spawn(clockwork(Arc::clone(&owner.shared)));
        }
        Ok(AzureHub {
            owner: Arc::new(owner),
        })
    }
}

/// Lets take effect what time alone brings, even if nobody looks.
async fn clockwork(shared: Arc<Shared>) {
    loop {
        // Never found: it only looks.
        let _ = shared.wait_for(|_| Ok(None::<()>)).await;
    }
}

impl DescribesHub for AzureOptions {
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        Box::pin(async move {
            let hub: Arc<dyn TaskHub> = Arc::new(self.open_for(access).await?);
            Ok(hub)
        })
    }

    fn place(&self) -> String {
        match &self.account {
            Ok(account) => format!("hub `{}` in the storage account `{}`", self.hub, account.name()),
            Err(_) => format!("hub `{}` in a storage account", self.hub),
        }
    }
}

impl TaskHub for AzureHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_multi_process()
            .with_persistence()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        let owner = Arc::clone(&self.owner);
        self.change(move |_| async move {
            let worker: Arc<dyn WorkerHub> = Arc::new(AzureWorker::join(owner, offer).await?);
            Ok(worker)
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.owner.shared.clock()
    }
}
