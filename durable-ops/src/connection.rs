//! The hub that the command line or the environment names.

use std::path::PathBuf;
use std::sync::Arc;

use durable_core::client::Client;
use durable_core::hub::{Access, TaskHub};

use crate::error::Error;
use crate::place;

/// Where to look; nothing is opened yet.
#[derive(Debug)]
pub(crate) struct Connection {
    place: Option<String>,
}

impl Connection {
    pub(crate) fn new(place: Option<String>) -> Self {
        // An empty variable is how a shell unsets one.
        Self {
            place: place.filter(|place| !place.is_empty()),
        }
    }

    /// Opens the hub to look at it.
    pub(crate) async fn read(&self) -> Result<Client, Error> {
        self.open(Access::ReadOnly).await
    }

    /// Opens the hub to change it.
    pub(crate) async fn write(&self) -> Result<Client, Error> {
        self.open(Access::ReadWrite).await
    }

    /// Returns whether the hub is another server's.
    pub(crate) fn is_server(&self) -> bool {
        self.place.as_deref().is_some_and(place::is_server)
    }

    /// Returns what the hub is called in addresses; `None` if its place does not say.
    pub(crate) fn hub_name(&self) -> Option<String> {
        self.place.as_deref().and_then(place::hub_name)
    }

    /// Returns where the hub's secrets are, unless that is said; `None` if the hub is in no folder.
    pub(crate) fn secrets(&self) -> Option<PathBuf> {
        self.place.as_deref().and_then(place::secrets)
    }

    async fn open(&self, access: Access) -> Result<Client, Error> {
        let place = self.place.as_deref().ok_or_else(|| {
            Error::usage(
                "which hub?",
                "give it with `--hub FILE` or `--hub azure://NAME`, or set DURABLE_HUB to what your workers use",
            )
        })?;
        let hub: Arc<dyn TaskHub> = place::open(place, access).await?;
        // Without code: this program has no orchestrators, and needs none to operate them.
        Ok(Client::without_code(hub))
    }
}
