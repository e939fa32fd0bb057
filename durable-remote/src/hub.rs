//! The hub behind a server.

use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::wire::Description;
use durable_core::hub::{Capabilities, HubError, HubErrorKind, HubFuture, TaskHub, WorkerHub, WorkerOffer};
use durable_core::{Clock, SystemClock};

use crate::address::AddressError;
use crate::call::Call;
use crate::clock::RemoteClock;
use crate::http::Http;
use crate::options::RemoteOptions;
use crate::server::Server;

/// A hub behind a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RemoteHub {
    pub(crate) server: Arc<Server>,
    pub(crate) poll: Duration,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
}

impl RemoteHub {
    /// Describes the hub behind the server at an address: `https://host/path`, with `?code=KEY` if it has a key.
    ///
    /// # Errors
    ///
    /// If it is no address.
    pub fn at(address: &str) -> Result<RemoteOptions, AddressError> {
        RemoteOptions::new(address)
    }

    pub(crate) async fn open(options: &RemoteOptions) -> Result<Self, HubError> {
        let http = Http::new(options.address.clone(), options.key.as_ref());
        let http = http.map_err(|error| {
            let text = format!("no secure connection can be made: {error}");
            HubError::new(HubErrorKind::Invalid, text)
        })?;
        let server = Arc::new(Server::new(http, options.read_only)?);
        let before = SystemClock.now();
        let described: Result<Description, HubError> = server.ask(Call::get("", "")).await;
        let (capabilities, clock) = match described {
            Ok(described) => (
                described.capabilities,
                RemoteClock::compared(before, described.now, SystemClock.now()),
            ),
            // Known, but not to look: whoever may only start or raise events can do that.
            Err(error) if error.kind() == HubErrorKind::Denied && options.key.is_some() => {
                (Capabilities::NONE, RemoteClock::own())
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            server,
            poll: options.poll,
            capabilities,
            clock: options.clock.clone().unwrap_or_else(|| Arc::new(clock)),
        })
    }
}

impl TaskHub for RemoteHub {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn join(&self, _offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        let text = format!(
            "no worker can join the hub behind the server at `{}`: open the hub itself, by its file or its connection string",
            self.server.place()
        );
        Box::pin(std::future::ready(Err(HubError::new(
            HubErrorKind::Unsupported,
            text,
        ))))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }
}
