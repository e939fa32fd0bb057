//! A hub that is slower than those who use it.

use std::collections::BTreeSet;
use std::sync::Arc;

use durable_core::hub::TaskHub;
use tokio::sync::watch;

use crate::intercept::{Intercepted, Interceptor, Operation, OperationKind, Verdict};

/// Any hub, whose operations a test holds up and lets go on.
///
/// What is held has not been made yet: it waits as it would for a disk. So a test sees how much piles up, and what happens
/// to what comes meanwhile.
#[derive(Debug, Clone)]
pub struct SlowHub(Intercepted<Gate>);

#[derive(Debug, Default)]
struct Gate(Arc<watch::Sender<Held>>);

#[derive(Debug, Default)]
struct Held {
    kinds: BTreeSet<OperationKind>,
    /// What waits, by the number under which it came.
    waiting: Vec<(u64, Operation)>,
    last: u64,
}

impl SlowHub {
    /// Wraps a hub. Nothing is held yet.
    pub fn new(inner: Arc<dyn TaskHub>) -> Self {
        let interceptor = Arc::default();
        Self(Intercepted { inner, interceptor })
    }

    /// Returns the hub that is slow.
    pub fn hub(&self) -> Arc<dyn TaskHub> {
        Arc::new(self.0.clone())
    }

    /// Holds every operation of a kind from now on.
    pub fn hold(&self, kind: OperationKind) {
        self.state().send_modify(|held| {
            held.kinds.insert(kind);
        });
    }

    /// Lets everything go on, now and later.
    pub fn release(&self) {
        self.state().send_modify(|held| held.kinds.clear());
    }

    /// Returns what is held now, longest held first.
    pub fn held(&self) -> Vec<Operation> {
        let held = self.state().borrow();
        held.waiting
            .iter()
            .map(|(_, operation)| operation.clone())
            .collect()
    }

    /// Waits until so many operations are held.
    pub async fn until_held(&self, count: usize) {
        let mut held = self.state().subscribe();
        // The sender lives in `self`, so it cannot be gone.
        let _ = held.wait_for(|held| held.waiting.len() >= count).await;
    }

    fn state(&self) -> &watch::Sender<Held> {
        &self.0.interceptor.0
    }
}

impl Interceptor for Gate {
    fn before(&self, operation: &Operation) -> Verdict {
        let (mut held, mut number) = (self.0.subscribe(), None);
        self.0.send_if_modified(|held| {
            if held.kinds.contains(&operation.kind) {
                held.last += 1;
                held.waiting.push((held.last, operation.clone()));
                number = Some(held.last);
            }
            number.is_some()
        });
        let Some(number) = number else {
            return Verdict::Pass;
        };
        let (place, kind) = (Place(number, Arc::clone(&self.0)), operation.kind);
        Verdict::Wait(Box::pin(async move {
            // The sender lives in `place`, so it cannot be gone.
            let _ = held.wait_for(|held| !held.kinds.contains(&kind)).await;
            drop(place);
        }))
    }

    fn after(&self, _: &Operation, _: bool) {}
}

/// The place of an operation that waits. It is given up when the operation goes on or is dropped.
struct Place(u64, Arc<watch::Sender<Held>>);

impl Drop for Place {
    fn drop(&mut self) {
        self.1
            .send_modify(|held| held.waiting.retain(|(number, _)| *number != self.0));
    }
}
