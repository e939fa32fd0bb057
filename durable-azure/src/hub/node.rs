//! An opened hub: one node.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::{
    Access, Capabilities, HubError, HubErrorKind, HubFuture, TaskHub, WorkerHub, WorkerOffer,
};
use durable_core::{Clock, Timestamp, WorkerId};
use tokio::runtime::Runtime;

use super::AzureOptions;
use super::shared::Shared;
use super::worker::AzureWorker;
use crate::error::invalid;
use crate::transport::{Account, Service};
use crate::value::Ticks;

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
    /// Dropped last.
    pub(super) _threads: Threads,
    pub(super) access: Access,
    pub(super) place: String,
}

/// The threads of a node. They end without being waited for, since they may be dropped on a thread that must not wait.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    pub(super) fn of(runtime: Runtime) -> Self {
        Self(Some(runtime))
    }

    /// Returns what tasks are started with.
    pub(super) fn handle(&self) -> Result<tokio::runtime::Handle, HubError> {
        let handle = self.0.as_ref().map(|runtime| runtime.handle().clone());
        handle.ok_or_else(|| invalid("the threads have ended"))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
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
impl AzureHub {
    /// Describes the hub `hub` in the account that a connection string is of. Nothing is touched before it is opened; what
    /// is wrong with either is said then.
    pub fn at(connection_string: &str, hub: &str) -> AzureOptions {
        AzureOptions::new(Account::from_connection_string(connection_string), hub)
    }

    /// Describes the hub `hub` in an account.
    pub fn of(account: Account, hub: &str) -> AzureOptions {
        AzureOptions::new(Ok(account), hub)
    }

    /// Describes the hub `hub` in the account whose connection string is in the environment variable
    /// `DURABLE_AZURE_CONNECTION_STRING`.
    pub fn in_environment(hub: &str) -> AzureOptions {
        AzureOptions::new(Account::from_environment(), hub)
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
