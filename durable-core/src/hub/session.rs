//! The opaque token that ties work to the right to commit it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Made by a hub with fetched work, and handed back with the commit. Only the hub that made it can read it.
///
/// A session of an instance stays good for as long as the worker owns the instance: over many turns.
#[derive(Clone)]
pub struct Session(Arc<dyn Any + Send + Sync>);

impl Session {
    /// Wraps a hub's own token.
    pub fn new<T: Any + Send + Sync>(token: T) -> Self {
        Self(Arc::new(token))
    }

    /// Returns the hub's own token, if it is of type `T`.
    pub fn token<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}
