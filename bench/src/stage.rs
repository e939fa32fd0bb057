//! The hub and the app that a workload runs on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use durable::hub::{Access, DescribesHub, HubFuture, TaskHub};
use durable::sqlite::{SqliteHub, Synchronous};
use durable::testkit::MemoryHub;
use durable::{App, Client, Running};

use crate::arguments::{Arguments, Durability, Hub};
use crate::measurement::Measurement;
use crate::moments::Moments;
use crate::process::Meter;

/// An app at work on a fresh hub.
#[derive(Debug)]
pub(crate) struct Stage {
    running: Running,
    hub: Opened,
    /// Where the hub's file is, if it has one.
    folder: Option<PathBuf>,
    moments: Moments,
}

/// The hub, kept to ask what it did.
#[derive(Debug, Clone)]
enum Opened {
    Sqlite { hub: SqliteHub, sync: Durability },
    Memory(MemoryHub),
}

impl DescribesHub for Opened {
    fn open(&self, _access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        let hub: Arc<dyn TaskHub> = match self {
            Self::Sqlite { hub, .. } => Arc::new(hub.clone()),
            Self::Memory(hub) => Arc::new(hub.clone()),
        };
        Box::pin(std::future::ready(Ok(hub)))
    }

    fn place(&self) -> String {
        "bench".to_owned()
    }
}

/// Counters at the start of a measured stretch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    meter: Meter,
    commits: Option<u64>,
}

impl Stage {
    /// Opens a fresh hub and lets an app work on it.
    pub(crate) async fn set(arguments: &Arguments) -> durable::Result<Self> {
        let (hub, folder) = match arguments.hub {
            Hub::Memory => (Opened::Memory(MemoryHub::default()), None),
            Hub::Sqlite => {
                let folder = fresh_folder(&arguments.folder)?;
                let description = SqliteHub::at(folder.join("hub.db")).synchronous(match arguments.sync {
                    Durability::Full => Synchronous::Full,
                    Durability::Normal => Synchronous::Normal,
                });
                (
                    Opened::Sqlite {
                        hub: description.open()?,
                        sync: arguments.sync,
                    },
                    Some(folder),
                )
            }
        };
        let moments = Moments::default();
        let running = App::new(hub.clone()).state(moments.clone()).start().await?;
        Ok(Self {
            running,
            hub,
            folder,
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
        Mark {
            meter: Meter::start(),
            commits: self.commits(),
        }
    }

    /// Ends the stretch: fills in what was used and on what hub.
    pub(crate) fn fill(&self, mark: Mark, measurement: Measurement) -> Measurement {
        let (hub, sync) = match &self.hub {
            Opened::Sqlite { sync, .. } => ("sqlite", Some(sync.as_str())),
            Opened::Memory(_) => ("memory", None),
        };
        let commits = self.commits().zip(mark.commits).map(|(now, then)| now - then);
        Measurement {
            hub,
            sync,
            commits,
            consumption: mark.meter.stop(),
            ..measurement
        }
    }

    /// Stops the app and removes the hub's file.
    pub(crate) async fn strike(self) -> durable::Result<()> {
        self.running.shutdown().await?;
        drop(self.hub);
        if let Some(folder) = self.folder {
            std::fs::remove_dir_all(folder)?;
        }
        Ok(())
    }

    fn commits(&self) -> Option<u64> {
        match &self.hub {
            Opened::Sqlite { hub, .. } => Some(hub.stats().commits),
            Opened::Memory(_) => None,
        }
    }
}

/// Makes an empty folder for one run.
pub(crate) fn fresh_folder(parent: &Path) -> std::io::Result<PathBuf> {
    let folder = parent.join(format!("run-{}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
