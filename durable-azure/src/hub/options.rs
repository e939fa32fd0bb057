//! Hubs in an Azure Storage account: how they are described.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_core::Clock;
use durable_core::hub::{Access, DescribesHub, HubError, HubFuture, TaskHub};

use super::AzureHub;
use crate::settings::Settings;
use crate::transport::{Account, AccountError, RetrySettings};
use crate::wire::TRACKING_PREFIX_DEFAULT;

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
    pub(super) account: Result<Account, AccountError>,
    pub(super) hub: String,
    pub(super) tracking: Option<Tracking>,
    pub(super) settings: Settings,
}

/// Where the tables and blobs are, if not with the queues.
#[derive(Clone)]
pub(super) struct Tracking {
    pub(super) account: Result<Account, AccountError>,
    pub(super) prefix: String,
}

impl fmt::Debug for AzureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureOptions")
            .field("place", &self.place_of())
            .finish_non_exhaustive()
    }
}
impl AzureOptions {
    /// Says where the hub is, without any secret.
    pub(super) fn place_of(&self) -> String {
        match &self.account {
            Ok(account) => format!("hub `{}` in the storage account `{}`", self.hub, account.name()),
            Err(_) => format!("hub `{}` in a storage account", self.hub),
        }
    }

    pub(super) fn new(account: Result<Account, AccountError>, hub: &str) -> Self {
        Self {
            account,
            hub: hub.to_owned(),
            tracking: None,
            settings: Settings::default(),
        }
    }

    /// Sets how many control queues the hub has, 1 to 16. It cannot be changed on a hub that exists: one that has another
    /// number is refused. Unless it is set, a hub that exists is opened with the number that it has, and a new one gets 4.
    #[must_use]
    pub fn partitions(mut self, count: u32) -> Self {
        self.settings.partitions = Some(count);
        self
    }

    /// Refuses to open a hub that is missing (`NotFound`), where it would be made otherwise: for tools, to which a missing
    /// hub is a name that was mistyped.
    #[must_use]
    pub fn must_exist(mut self) -> Self {
        self.settings.must_exist = true;
        self
    }

    /// Keeps tables and blobs in an account of their own, of which this is the connection string, with `prefix` before the
    /// names of the tables of histories and instances (`TrackingStoreConnectionStringName`, `TrackingStoreNamePrefix`).
    /// An empty prefix is `DurableTask`, which is the framework's default. Several hubs may share them.
    #[must_use]
    pub fn tracking_store(mut self, connection_string: &str, prefix: &str) -> Self {
        self.tracking = Some(Tracking {
            account: Account::from_connection_string(connection_string),
            prefix: if prefix.is_empty() {
                TRACKING_PREFIX_DEFAULT.to_owned()
            } else {
                prefix.to_owned()
            },
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

    /// Sets for how long the messages of a partition are collected before any is handed out, once it was claimed or an answer
    /// of its queue was lost; not at all unless it is set. Longer than the visibility and a request, messages come in their order
    /// that a dead node had, or that nobody has heard of.
    #[must_use]
    pub fn collect_after_claim(mut self, time: Duration) -> Self {
        self.settings.collect_after_claim = time;
        self
    }

    /// Sets for how long a node relies on its last look at the fences; 5 seconds unless it is set. Putting a fence up takes as
    /// long, and a start that is new costs one more operation in each such time.
    #[must_use]
    pub fn fence_lag(mut self, lag: Duration) -> Self {
        self.settings.fence_lag = lag;
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
}

impl DescribesHub for AzureOptions {
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        Box::pin(async move {
            let hub: Arc<dyn TaskHub> = Arc::new(self.open_for(access).await?);
            Ok(hub)
        })
    }

    fn place(&self) -> String {
        self.place_of()
    }
}
