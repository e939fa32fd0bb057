//! The description of a hub: which file, and how it is to be used.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::{Access, DescribesHub, HubError, HubFuture, TaskHub};
use durable_core::{Clock, SystemClock};

use crate::SqliteHub;

/// How long a change by another process may go unnoticed if its doorbell was lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// When a commit counts as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// When the disk has it: an acknowledged commit survives a power failure.
    #[default]
    Full,
    /// When the operating system has it: an acknowledged commit survives the process, but the latest ones may be
    /// lost in a power failure. The file stays consistent. SQLite does not report a failing disk at the commit.
    Normal,
}

/// The description of a hub. Nothing is touched before [`open`](Self::open).
///
/// ```no_run
/// use durable_sqlite::{SqliteHub, Synchronous};
/// # fn main() -> Result<(), durable_core::hub::HubError> {
/// let hub = SqliteHub::at("shop.db").synchronous(Synchronous::Normal).open()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a description does nothing until it is opened"]
pub struct SqliteOptions {
    pub(crate) path: PathBuf,
    pub(crate) synchronous: Synchronous,
    pub(crate) lease: Duration,
    pub(crate) busy_timeout: Duration,
    pub(crate) size_max: Option<u64>,
    pub(crate) look_every: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read_only: bool,
}

impl SqliteOptions {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            synchronous: Synchronous::default(),
            lease: Duration::from_secs(15),
            busy_timeout: Duration::from_secs(30),
            size_max: None,
            look_every: LOOK_EVERY,
            clock: Arc::new(SystemClock),
            read_only: false,
        }
    }

    /// Sets when a commit counts as stored.
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Sets how long a worker may be silent before others may take its work over. 15 s if not set.
    ///
    /// A worker renews its lease three times as often, in one write for everything that it owns.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long to wait for another process that is writing. 30 s if not set.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Sets the most bytes that the file may have. A write beyond it stops the hub, as a full disk does.
    pub fn size_max(mut self, bytes: u64) -> Self {
        self.size_max = Some(bytes);
        self
    }

    /// Sets the clock by which due times and leases are judged.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how often to look for changes that no doorbell told of. 2 s if not set.
    ///
    /// For tests of the doorbell: with a long time, what it does not tell of is not noticed.
    #[doc(hidden)]
    pub fn look_every(mut self, interval: Duration) -> Self {
        self.look_every = interval;
        self
    }

    /// Opens the file for reading only: queries work, everything that writes is refused.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the hub. A missing file is created, an older one is migrated, a newer or foreign one is refused.
    pub fn open(&self) -> Result<SqliteHub, HubError> {
        SqliteHub::open(self.clone())
    }
}

impl DescribesHub for SqliteOptions {
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        let options = match access {
            Access::ReadWrite => self.clone(),
            Access::ReadOnly => self.clone().read_only(),
        };
        Box::pin(async move {
            let hub: Arc<dyn TaskHub> = Arc::new(Self::open(&options)?);
            Ok(hub)
        })
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }
}
