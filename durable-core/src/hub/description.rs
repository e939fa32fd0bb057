//! Hubs that are not open yet.

use std::fmt;
use std::sync::Arc;

use super::{HubFuture, TaskHub};

/// What a hub is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing is changed, and nothing is created that is missing.
    ReadOnly,
    /// Everything; what is missing is created.
    ReadWrite,
}

/// Says which hub is meant, without opening it: `SqliteHub::at("shop.db")`.
///
/// An app is built from a description, so that its command decides whether and how the hub is opened.
pub trait DescribesHub: Send + Sync + fmt::Debug + 'static {
    /// Opens the hub.
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>>;

    /// Returns where the hub is, for people. Shows no secret.
    fn place(&self) -> String;
}

/// A hub that was chosen while the program runs is a description, too.
impl DescribesHub for Box<dyn DescribesHub> {
    fn open(&self, access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        self.as_ref().open(access)
    }

    fn place(&self) -> String {
        self.as_ref().place()
    }
}
