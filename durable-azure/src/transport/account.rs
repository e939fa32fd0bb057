//! Which account, where its services are, and with what right.

use super::connection_string;
use super::credential::Credential;
use super::endpoint::Endpoint;
use super::storage::Service;

/// Why a description of an account cannot be used. Names the part that is wrong, never its value: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The connection string says nothing.
    #[error("the connection string is empty")]
    Empty,
    /// A part of the connection string is not `Name=value`. Parts are counted from 1.
    #[error("part {part} of the connection string is not of the form `Name=value`")]
    NotAPair {
        /// Which part.
        part: usize,
    },
    /// A part of the connection string has a name that means nothing. It is not repeated here, since a key that was
    /// pasted by itself looks like one.
    #[error("part {part} of the connection string has a name that is not known")]
    UnknownName {
        /// Which part, counted from 1.
        part: usize,
    },
    /// A name is there twice.
    #[error("the connection string has `{name}` twice")]
    Twice {
        /// Which name.
        name: &'static str,
    },
    /// A value is not what its name asks for.
    #[error("`{name}` {problem}")]
    Invalid {
        /// Whose value.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A part is missing.
    #[error("`{name}` is missing")]
    Missing {
        /// Which part.
        name: &'static str,
    },
    /// The environment has no connection string.
    #[error("the environment variable `{name}`, which holds the connection string, is not set")]
    NoVariable {
        /// Which variable.
        name: &'static str,
    },
    /// Two parts exclude each other.
    #[error("`{one}` and `{other}` exclude each other")]
    Exclusive {
        /// The one part.
        one: &'static str,
        /// The other part.
        other: &'static str,
    },
    /// A token would be sent without encryption.
    #[error("a token is sent over https only, and `{name}` is http")]
    TokenNeedsHttps {
        /// Whose address it is.
        name: &'static str,
    },
    /// The account was opened outside of a tokio runtime.
    #[error("an account is opened inside of a tokio runtime")]
    NoRuntime,
    /// The certificates that this machine trusts could not be read.
    #[error("the machine's trusted certificates cannot be used: {0}")]
    Certificates(String),
}

/// A storage account: its name, the endpoints of its services, and the right to use it.
///
/// ```
/// use durable_azure::Account;
/// # fn main() -> Result<(), durable_azure::AccountError> {
/// let emulator = Account::from_connection_string("UseDevelopmentStorage=true")?;
/// assert_eq!(emulator.name(), "devstoreaccount1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Account {
    pub(super) name: String,
    pub(super) credential: Credential,
    pub(super) primary: Endpoints,
    pub(super) secondary: Endpoints,
}

/// An address for each service that has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) blob: Option<Endpoint>,
    pub(super) queue: Option<Endpoint>,
    pub(super) table: Option<Endpoint>,
}

impl Endpoints {
    pub(super) fn of(&self, service: Service) -> Option<&Endpoint> {
        match service {
            Service::Blob => self.blob.as_ref(),
            Service::Queue => self.queue.as_ref(),
            Service::Table => self.table.as_ref(),
        }
    }

    /// Makes the addresses that an account has in a cloud.
    pub(super) fn in_cloud(secure: bool, name: &str, suffix: &str) -> Self {
        let of = |service: &str| Some(Endpoint::of_host(secure, format!("{name}.{service}.{suffix}")));
        Self {
            blob: of("blob"),
            queue: of("queue"),
            table: of("table"),
        }
    }

    /// Takes these addresses, and those of `other` where there is none.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            blob: self.blob.or(other.blob),
            queue: self.queue.or(other.queue),
            table: self.table.or(other.table),
        }
    }

    /// Returns the read-only copies that the account `name` has by the services' own rule.
    pub(super) fn secondaries(&self, name: &str) -> Self {
        let of =
            |endpoint: &Option<Endpoint>| endpoint.as_ref().and_then(|endpoint| endpoint.secondary(name));
        Self {
            blob: of(&self.blob),
            queue: of(&self.queue),
            table: of(&self.table),
        }
    }

    fn parse(blob: &str, queue: &str, table: &str) -> Result<Self, AccountError> {
        let of = |name: &'static str, text: &str| {
            Endpoint::parse(text).map(Some).ok_or(AccountError::Invalid {
                name,
                problem: NO_ENDPOINT,
            })
        };
        Ok(Self {
            blob: of("BlobEndpoint", blob)?,
            queue: of("QueueEndpoint", queue)?,
            table: of("TableEndpoint", table)?,
        })
    }
}

/// The public cloud.
pub(super) const DEFAULT_SUFFIX: &str = "core.windows.net";
pub(super) const NO_ENDPOINT: &str = "is not an address such as `https://name.blob.core.windows.net`";
pub(super) const NO_NAME: &str = "is not 3 to 24 lower-case letters and digits";

impl Account {
    /// Reads a connection string, as the portal shows it. `UseDevelopmentStorage=true` is the emulator on this machine,
    /// and `DevelopmentStorageProxyUri=http://host` beside it is the emulator on another.
    pub fn from_connection_string(text: &str) -> Result<Self, AccountError> {
        connection_string::parse(text)
    }

    /// Describes the account `name` in the public cloud, reached by https. Its secondary, if it has one, is
    /// `name-secondary`.
    pub fn new(name: &str, credential: Credential) -> Result<Self, AccountError> {
        if !is_account_name(name) {
            return Err(AccountError::Invalid {
                name: "AccountName",
                problem: NO_NAME,
            });
        }
        let primary = Endpoints::in_cloud(true, name, DEFAULT_SUFFIX);
        Ok(Self {
            name: name.to_owned(),
            credential,
            secondary: primary.secondaries(name),
            primary,
        })
    }

    /// Says where the services are instead: another cloud, a private address, an emulator. A secondary is looked for in
    /// the same way, under the account's name with `-secondary`, if the address has that name.
    pub fn endpoints(mut self, blob: &str, queue: &str, table: &str) -> Result<Self, AccountError> {
        self.primary = Endpoints::parse(blob, queue, table)?;
        self.secondary = self.primary.secondaries(&self.name);
        Ok(self)
    }

    /// Says where the read-only copies of the services are.
    pub fn secondary_endpoints(mut self, blob: &str, queue: &str, table: &str) -> Result<Self, AccountError> {
        self.secondary = Endpoints::parse(blob, queue, table)?;
        Ok(self)
    }

    /// Returns the account's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What Azure allows, so that a name can stand in a host name.
pub(super) fn is_account_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account::new("orders", Credential::sas("sv=1&sig=s").unwrap()).unwrap()
    }

    #[test]
    fn a_name_is_an_account_of_the_public_cloud_with_a_secondary() {
        let account = account();
        let primary = account.primary.of(Service::Queue).map(Endpoint::to_string);
        let secondary = account.secondary.of(Service::Table).map(Endpoint::to_string);
        assert_eq!(primary.as_deref(), Some("https://orders.queue.core.windows.net"));
        assert_eq!(
            secondary.as_deref(),
            Some("https://orders-secondary.table.core.windows.net")
        );
    }

    #[test]
    fn named_endpoints_replace_those_of_the_cloud_and_its_secondary() {
        let account = account();
        let account = account
            .endpoints("http://b", "http://h/orders", "http://orders.t")
            .unwrap();
        let secondary = |account: &Account, service| account.secondary.of(service).map(Endpoint::to_string);
        assert_eq!(
            account.primary.of(Service::Blob),
            Endpoint::parse("http://b").as_ref()
        );
        assert_eq!(secondary(&account, Service::Blob), None);
        assert_eq!(
            secondary(&account, Service::Queue).as_deref(),
            Some("http://h/orders-secondary")
        );
        assert_eq!(
            secondary(&account, Service::Table).as_deref(),
            Some("http://orders-secondary.t")
        );
        let account = account
            .secondary_endpoints("http://b2", "http://q2", "http://t2")
            .unwrap();
        assert_eq!(secondary(&account, Service::Blob).as_deref(), Some("http://b2"));
    }

    #[test]
    fn names_that_cannot_be_an_account_s_are_refused() {
        for name in ["", "ab", "Orders", "or.ders", "a-b-c", "a/b/c", &"a".repeat(25)] {
            assert!(
                Account::new(name, Credential::sas("sig=s").unwrap()).is_err(),
                "{name}"
            );
        }
        let refused = account().endpoints("http://b", "q", "http://t").unwrap_err();
        assert!(refused.to_string().starts_with("`QueueEndpoint`"), "{refused}");
    }
}
