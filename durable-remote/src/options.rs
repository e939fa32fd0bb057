//! The description of a hub that is elsewhere: which server, and with which key.

use std::sync::Arc;
use std::time::Duration;

use durable_core::Clock;
use durable_core::hub::{Access, DescribesHub, HubError, HubFuture, TaskHub};

use crate::address::{Address, AddressError, Key};
use crate::hub::RemoteHub;

/// The environment variable in which programs look for a key.
pub const KEY_VARIABLE: &str = "DURABLE_KEY";

/// How long one wait is: shorter than what stands between usually lets a connection be silent.
const POLL: Duration = Duration::from_secs(25);

/// The description of a hub. Nothing is sent before [`open`](Self::open).
#[derive(Debug, Clone)]
#[must_use = "a description does nothing until it is opened"]
pub struct RemoteOptions {
    pub(crate) address: Address,
    pub(crate) key: Option<Key>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) poll: Duration,
    pub(crate) read_only: bool,
}

impl RemoteOptions {
    pub(crate) fn new(address: &str) -> Result<Self, AddressError> {
        let (address, key) = Address::parse(address)?;
        Ok(Self {
            address,
            key,
            clock: None,
            poll: POLL,
            read_only: false,
        })
    }

    /// Sets the key, whatever the address says.
    ///
    /// # Errors
    ///
    /// If it is empty, or has characters that no key has.
    pub fn key(mut self, key: &str) -> Result<Self, AddressError> {
        self.key = Some(Key::new(key)?);
        Ok(self)
    }

    /// Takes the key from the environment variable [`KEY_VARIABLE`], unless the address has one or the variable is empty.
    ///
    /// # Errors
    ///
    /// If it has characters that no key has.
    pub fn key_from_environment(self) -> Result<Self, AddressError> {
        match (&self.key, std::env::var_os(KEY_VARIABLE)) {
            (Some(_), _) | (None, None) => Ok(self),
            (None, Some(key)) if key.is_empty() => Ok(self),
            (None, Some(key)) => self.key(key.to_str().ok_or(AddressError::Key)?),
        }
    }

    /// Sets the clock by which the hub lives, for tests. Otherwise it is found by what the server says.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets how long one wait for the end or a change of an instance is, before the server is asked again. 25 s if not set.
    pub fn longest_poll(mut self, time: Duration) -> Self {
        self.poll = time;
        self
    }

    /// Opens the hub for reading only: what changes something is refused without being sent.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Opens the hub: asks the server what it is.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the server is not reached, `Denied` if it wants a key and there is none, `Unsupported` if it has no such
    /// routes. Whether a key is good is told by what is done with it: it may be one that may act and not look.
    pub async fn open(&self) -> Result<RemoteHub, HubError> {
        RemoteHub::open(self).await
    }
}

impl DescribesHub for RemoteOptions {
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        let options = match access {
            Access::ReadWrite => self.clone(),
            Access::ReadOnly => self.clone().read_only(),
        };
        Box::pin(async move {
            let hub: Arc<dyn TaskHub> = Arc::new(Self::open(&options).await?);
            Ok(hub)
        })
    }

    fn place(&self) -> String {
        self.address.base().to_owned()
    }
}
