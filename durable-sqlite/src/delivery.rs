//! Work on its way to a fetch. If the fetch is dropped meanwhile, the work comes back.

use std::fmt;

use durable_core::hub::{ActivityBatch, TurnWork};

use crate::node::NodeKey;
use crate::writer::{Request, RequestSender};

/// What can be handed back.
pub(crate) trait Deliverable: Sized {
    fn give_back(self, node: NodeKey) -> Request;
}

/// Work that belongs to the fetch once it is taken out, and to the writer until then.
pub(crate) struct Delivery<T: Deliverable> {
    work: Option<T>,
    node: NodeKey,
    back: RequestSender,
}

impl<T: Deliverable> Delivery<T> {
    pub(crate) fn new(work: T, node: NodeKey, back: RequestSender) -> Self {
        Self {
            work: Some(work),
            node,
            back,
        }
    }

    /// Takes the work out.
    pub(crate) fn take(mut self) -> Option<T> {
        self.work.take()
    }
}

impl<T: Deliverable> Drop for Delivery<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            // The writer has stopped if this fails, and then the lease gives the work back.
            let _ = self.back.send(work.give_back(self.node));
        }
    }
}

impl<T: Deliverable> fmt::Debug for Delivery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery(..)")
    }
}

impl Deliverable for Vec<TurnWork> {
    fn give_back(self, node: NodeKey) -> Request {
        Request::TurnsBack(node, self)
    }
}

impl Deliverable for ActivityBatch {
    fn give_back(self, node: NodeKey) -> Request {
        Request::ActivitiesBack(node, self)
    }
}
