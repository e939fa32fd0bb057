//! A hub that writes down what is asked of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::hub::TaskHub;

use crate::intercept::{Intercepted, Interceptor, Operation, OperationKind, Verdict};

/// An operation that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedOperation {
    /// What was asked.
    pub operation: Operation,
    /// Whether the hub accepted it; for a commit, every element of it.
    pub accepted: bool,
}

/// Any hub, with a log of the operations that have ended, in the order of their ends.
///
/// An operation that was dropped while it waited is not in the log.
#[derive(Debug, Clone)]
pub struct RecordingHub(Intercepted<Log>);

#[derive(Debug, Default)]
struct Log(Mutex<Vec<RecordedOperation>>);

impl RecordingHub {
    /// Wraps a hub.
    pub fn new(inner: Arc<dyn TaskHub>) -> Self {
        let interceptor = Arc::default();
        Self(Intercepted { inner, interceptor })
    }

    /// Returns the hub that writes down what it is asked.
    pub fn hub(&self) -> Arc<dyn TaskHub> {
        Arc::new(self.0.clone())
    }

    /// Returns the log so far.
    pub fn log(&self) -> Vec<RecordedOperation> {
        self.0.interceptor.lock().clone()
    }

    /// Returns how many operations of one kind have ended.
    pub fn count(&self, kind: OperationKind) -> usize {
        self.0
            .interceptor
            .lock()
            .iter()
            .filter(|recorded| recorded.operation.kind == kind)
            .count()
    }

    /// Empties the log.
    pub fn clear(&self) {
        self.0.interceptor.lock().clear();
    }
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<RecordedOperation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for Log {
    fn before(&self, _: &Operation) -> Verdict {
        Verdict::Pass
    }

    fn after(&self, operation: &Operation, accepted: bool) {
        let operation = operation.clone();
        self.lock().push(RecordedOperation { operation, accepted });
    }
}
