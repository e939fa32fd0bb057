//! The opaque token that ties work to the right to commit it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Made by a hub with fetched work, and handed back with the commit. Only the hub that made it can read it.
///
/// A session of an instance stays good for as long as the worker owns the instance: over many turns. Two sessions are
/// equal if they stand for the same ownership, which is how a worker tells work that goes on with what it was handed out
/// from work that begins anew.
#[derive(Clone)]
pub struct Session(Arc<dyn Token>);

/// What a hub can put into a session.
trait Token: Any + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: Any + Send + Sync + PartialEq> Token for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }
}

impl Session {
    /// Wraps a hub's own token. Tokens of different ownerships MUST differ, and those of one ownership MUST be equal.
    pub fn new<T: Any + Send + Sync + PartialEq>(token: T) -> Self {
        Self(Arc::new(token))
    }

    /// Returns the hub's own token, if it is of type `T`.
    pub fn token<T: Any + Send + Sync>(&self) -> Option<&T> {
        // Through the reference: the pointer itself is a token, too.
        (*self.0).as_any().downcast_ref()
    }
}

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals((*other.0).as_any())
    }
}

impl Eq for Session {}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}
