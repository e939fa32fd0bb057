//! The hub and the app that a workload runs on.

use std::path::Path;
use std::sync::Arc;

use durable::azure::{AzureHub, OperationCount};
use durable::hub::{Access, DescribesHub, HubFuture, TaskHub};
use durable::sqlite::{SqliteHub, Synchronous};
use durable::testkit::MemoryHub;
use durable::{App, Client, Failure, Running};

use crate::account::{self, OperationsEach};
use crate::arguments::{Arguments, Durability, Hub};
use crate::measurement::Measurement;
use crate::moments::Moments;
use crate::place::Place;
use crate::process::Meter;

/// An app at work on a hub.
#[derive(Debug)]
pub(crate) struct Stage {
    running: Running,
    hub: Opened,
    moments: Moments,
}

/// The hub, kept to ask what it did.
#[derive(Debug, Clone)]
pub(crate) enum Opened {
    Sqlite { hub: SqliteHub, sync: Durability },
    Memory(MemoryHub),
    Azure(AzureHub),
}

impl DescribesHub for Opened {
    fn open(&self, _access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        let hub: Arc<dyn TaskHub> = match self {
            Self::Sqlite { hub, .. } => Arc::new(hub.clone()),
            Self::Memory(hub) => Arc::new(hub.clone()),
            Self::Azure(hub) => Arc::new(hub.clone()),
        };
        Box::pin(std::future::ready(Ok(hub)))
    }

    fn place(&self) -> String {
        "bench".to_owned()
    }
}

impl Opened {
    /// Opens the hub that the command line asks for, in a file if it has one.
    pub(crate) fn open(arguments: &Arguments, file: &Path) -> durable::Result<Self> {
        match arguments.hub {
            Hub::Memory => Ok(Self::Memory(MemoryHub::default())),
            Hub::Azure => Err(Failure::new("a hub in a storage account has no file")),
            Hub::Sqlite => Self::sqlite(arguments.sync, file),
        }
    }

    /// Opens a hub in a file.
    pub(crate) fn sqlite(sync: Durability, file: &Path) -> durable::Result<Self> {
        let description = SqliteHub::at(file).synchronous(match sync {
            Durability::Full => Synchronous::Full,
            Durability::Normal => Synchronous::Normal,
        });
        let hub = description.open()?;
        Ok(Self::Sqlite { hub, sync })
    }

    /// Returns a client without a worker.
    pub(crate) async fn client(&self) -> durable::Result<Client> {
        Ok(App::new(self.clone()).client().await?)
    }

    /// Begins a measured stretch.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            meter: Meter::start(),
            commits: self.commits(),
            rows: self.rows(),
            operations: match self {
                Self::Azure(hub) => hub.operations().counts(),
                Self::Sqlite { .. } | Self::Memory(_) => Vec::new(),
            },
        }
    }

    /// Ends the stretch: fills in what was used and on what hub.
    pub(crate) fn fill(&self, mark: &Mark, mut measurement: Measurement) -> Measurement {
        (measurement.hub, measurement.sync) = match self {
            Self::Sqlite { sync, .. } => ("sqlite", Some(sync.as_str())),
            Self::Memory(_) => ("memory", None),
            Self::Azure(_) => ("azure", None),
        };
        if let Self::Azure(hub) = self {
            let pieces = measurement.n;
            measurement.operations = Some(OperationsEach::of(&mark.operations, hub.operations(), pieces));
        }
        let since = |now: Option<u64>, then: Option<u64>| now.zip(then).map(|(now, then)| now - then);
        measurement.commits = since(self.commits(), mark.commits);
        measurement.rows = since(self.rows(), mark.rows);
        measurement.consumption = mark.meter.stop();
        measurement
    }

    /// Returns how many rows it has written, if it counts them.
    fn rows(&self) -> Option<u64> {
        match self {
            Self::Sqlite { hub, .. } => Some(hub.stats().rows),
            Self::Memory(_) | Self::Azure(_) => None,
        }
    }

    /// Returns how many transactions it has stored, if it counts them.
    pub(crate) fn commits(&self) -> Option<u64> {
        match self {
            Self::Sqlite { hub, .. } => Some(hub.stats().commits),
            Self::Memory(_) | Self::Azure(_) => None,
        }
    }
}

/// Counters at the start of a measured stretch.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    meter: Meter,
    commits: Option<u64>,
    rows: Option<u64>,
    operations: Vec<OperationCount>,
}

impl Stage {
    /// Opens the hub of a place, fresh or as it was left, and lets an app work on it.
    pub(crate) async fn set(arguments: &Arguments, place: &Place) -> durable::Result<Self> {
        if arguments.hub == Hub::Azure {
            let (account, name) = (account::connection()?, durable_testazure::fresh_name("Bench"));
            return Self::on(Opened::Azure(AzureHub::connect(&account, &name).await?)).await;
        }
        Self::on(Opened::open(arguments, &place.file(HUB_FILE))?).await
    }

    /// Lets an app work on a hub.
    pub(crate) async fn on(hub: Opened) -> durable::Result<Self> {
        let moments = Moments::default();
        let running = App::new(hub.clone()).state(moments.clone()).start().await?;
        Ok(Self {
            running,
            hub,
            moments,
        })
    }

    /// Returns the client.
    pub(crate) fn client(&self) -> &Client {
        self.running.client()
    }

    /// Returns when each step ran.
    pub(crate) fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Begins a measured stretch.
    pub(crate) fn mark(&self) -> Mark {
        self.hub.mark()
    }

    /// Ends the stretch: fills in what was used and on what hub.
    pub(crate) fn fill(&self, mark: &Mark, measurement: Measurement) -> Measurement {
        self.hub.fill(mark, measurement)
    }

    /// Returns how many transactions the hub has stored, if it counts them.
    pub(crate) fn commits(&self) -> Option<u64> {
        self.hub.commits()
    }

    /// Stops the app and closes the hub.
    pub(crate) async fn strike(self) -> durable::Result<()> {
        Ok(self.running.shutdown().await?)
    }
}

/// The name of the hub's file in its place.
pub(crate) const HUB_FILE: &str = "hub.db";
