//! What the server is told.

use std::time::Duration;

use crate::auth::{KeyFile, SecretFile};
use crate::limits::Limits;
use crate::metrics::Exposition;

/// Who may ask.
#[derive(Debug, Clone)]
pub enum Access {
    /// Whoever reaches it, and everything. Only names of this machine are answered to, so that no web page that a browser
    /// of this machine shows can reach it. [`Server`](crate::Server) refuses other addresses than loopback.
    Open,
    /// Whoever has a key, within its scopes.
    Keys {
        /// The keys.
        keys: KeyFile,
        /// What tokens of single instances are signed with.
        secrets: SecretFile,
    },
}

/// What the server is told. Made by [`open`](Self::open) or [`with_keys`](Self::with_keys); change the fields that differ.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who may ask.
    pub access: Access,
    /// The hub's name, as it stands in addresses (`taskHub=`). A request that names another is answered with 404, and a
    /// token is good for the hub of its name only.
    pub hub_name: String,
    /// The name of the connection, as it stands in addresses (`connection=`). Not looked at in requests.
    pub connection: String,
    /// Under which scheme, host and path the routes are reached from outside, such as `https://ops.example.com/shop`, if
    /// a proxy stands before it; otherwise each request's own host.
    pub public_address: Option<String>,
    /// Names of hosts that are answered to, besides those of this machine. With keys and without names, all are.
    pub hosts: Vec<String>,
    /// For how long tokens in addresses are good; for as long as their secret if there is none.
    pub token_life: Option<Duration>,
    /// Limits.
    pub limits: Limits,
    /// What `/metrics` shows besides the server's own: that of the program in which the routes are mounted.
    pub exposition: Option<Exposition>,
}

impl Settings {
    /// Lets everyone on this machine do everything.
    pub fn open() -> Self {
        Self::new(Access::Open)
    }

    /// Lets those in who have a key.
    pub fn with_keys(keys: KeyFile, secrets: SecretFile) -> Self {
        Self::new(Access::Keys { keys, secrets })
    }

    fn new(access: Access) -> Self {
        Self {
            access,
            hub_name: "DurableHub".to_owned(),
            connection: "Storage".to_owned(),
            public_address: None,
            hosts: Vec::new(),
            token_life: None,
            limits: Limits::default(),
            exposition: None,
        }
    }
}
