//! A hub that fails when a test wants it to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use durable_core::hub::{HubError, HubErrorKind, TaskHub};

use crate::intercept::{Intercepted, Interceptor, Operation, Verdict};

/// How a hub fails at its n-th operation, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The n-th operation fails and has no effect.
    FailBefore(u64),
    /// The n-th operation has its effect, and its reply is lost. One without an effect just fails.
    LoseReply(u64),
    /// The n-th operation and all after it never end.
    HangFrom(u64),
    /// The n-th operation and all after it fail without effect, as if the process had died at that moment.
    CrashFrom(u64),
    /// The n-th operation has its effect; its reply is lost, and all after it fail without effect.
    CrashAfter(u64),
}

/// Any hub, with a fault. A test makes a run without faults, takes its [`count`](Self::count), and then runs once
/// for every n and every [`Fault`].
///
/// ```
/// use std::sync::Arc;
/// use durable_core::hub::{ManagementQueries, TaskHub};
/// use durable_testkit::{Fault, FaultyHub, MemoryHub};
/// let faulty = FaultyHub::new(Arc::new(MemoryHub::default()));
/// faulty.inject(Fault::FailBefore(2));
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let hub = faulty.hub();
/// assert!(runtime.block_on(hub.workers()).is_ok());
/// assert!(runtime.block_on(hub.workers()).is_err());
/// assert_eq!(faulty.count(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FaultyHub(Intercepted<Faults>);

#[derive(Debug, Default)]
struct Faults {
    count: AtomicU64,
    fault: Mutex<Option<Fault>>,
}

impl FaultyHub {
    /// Wraps a hub. It works until a fault is injected.
    pub fn new(inner: Arc<dyn TaskHub>) -> Self {
        let interceptor = Arc::default();
        Self(Intercepted { inner, interceptor })
    }

    /// Returns the hub that fails.
    pub fn hub(&self) -> Arc<dyn TaskHub> {
        Arc::new(self.0.clone())
    }

    /// Sets the fault, in place of an earlier one. Operations go on being counted from when the hub was wrapped.
    pub fn inject(&self, fault: Fault) {
        self.set(Some(fault));
    }

    /// Lets the hub work again.
    pub fn repair(&self) {
        self.set(None);
    }

    /// Returns how many operations were begun.
    pub fn count(&self) -> u64 {
        self.0.interceptor.count.load(Ordering::SeqCst)
    }

    fn set(&self, fault: Option<Fault>) {
        *self
            .0
            .interceptor
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

impl Interceptor for Faults {
    fn before(&self, operation: &Operation) -> Verdict {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = |what: &str| {
            let message = format!("injected: {what} at operation {number} ({:?})", operation.kind);
            HubError::new(HubErrorKind::Unavailable, message)
        };
        let lost = || {
            if operation.kind.has_effect() {
                Verdict::LoseReply(failure("the reply was lost"))
            } else {
                Verdict::Refuse(failure("the reply was lost"))
            }
        };
        match fault {
            Some(Fault::FailBefore(n)) if number == n => Verdict::Refuse(failure("failed")),
            Some(Fault::LoseReply(n) | Fault::CrashAfter(n)) if number == n => lost(),
            Some(Fault::HangFrom(n)) if number >= n => Verdict::Hang,
            Some(Fault::CrashFrom(n)) if number >= n => Verdict::Refuse(closed(number)),
            Some(Fault::CrashAfter(n)) if number > n => Verdict::Refuse(closed(number)),
            _ => Verdict::Pass,
        }
    }

    fn after(&self, _: &Operation, _: bool) {}
}

fn closed(number: u64) -> HubError {
    let message = format!("injected: the process died before operation {number}");
    HubError::new(HubErrorKind::Closed, message)
}
