//! Which account, where its services are, and with what right.

use super::credential::Credential;
use super::storage::Service;

/// Why a description of an account cannot be used. Names the part that is wrong, never its value if that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {}

/// A storage account: its name, the endpoints of its services, and the right to use it.
#[derive(Debug, Clone)]
pub struct Account {
    name: String,
    credential: Credential,
}

impl Account {
    /// Reads a connection string, as the portal shows it. `UseDevelopmentStorage=true` is the emulator on this machine.
    pub fn from_connection_string(text: &str) -> Result<Self, AccountError> {
        todo!()
    }

    /// Describes the account `name` in the public cloud, by https.
    pub fn new(name: &str, credential: Credential) -> Result<Self, AccountError> {
        todo!()
    }

    /// Returns the account's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the primary address of a service, without a slash at its end.
    pub(crate) fn primary(&self, service: Service) -> &str {
        todo!()
    }
}
