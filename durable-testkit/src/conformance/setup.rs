//! What a hub supplies to be judged, and what a case answers.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_core::WorkerId;
use durable_core::hub::{Capabilities, CommitError, HubError, HubErrorKind, TaskHub};

use crate::ManualClock;

/// A hub that is being opened.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn TaskHub>, HubError>> + Send + 'a>>;

/// Makes hubs for the conformance suite: one per case, each empty.
pub trait Setup: Send + 'static {
    /// Returns what the hub is expected to declare.
    fn capabilities(&self) -> Capabilities;

    /// Returns how long the lease of a worker lasts that is not renewed.
    fn lease(&self) -> Duration;

    /// Returns how long a case may take by the machine's own clock. A hub that waits for real time needs more.
    fn case_time(&self) -> Duration {
        super::CASE_TIME
    }

    /// Opens a new, empty hub that lives by `clock`.
    fn open(&mut self, clock: ManualClock) -> Opening<'_>;

    /// Stops the renewals of a worker's lease, as if its process hung.
    fn pause(&mut self, worker: &WorkerId);

    /// Lets the hub catch up after the clock was moved: renews the leases of all workers that are not paused.
    fn settle(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(ready(()))
    }

    /// Opens the same hub a second time, as another process does. `None` without `multi_process`.
    fn second(&mut self) -> Option<Opening<'_>> {
        None
    }

    /// Opens what a process that died without any shutdown has left behind. `None` without `persistent`.
    ///
    /// Every handle of the hub and every worker was dropped before.
    fn reopen(&mut self) -> Option<Opening<'_>> {
        None
    }
}

/// Why a case failed: what the hub did, and what it should have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError(String);

/// What a case answers.
pub type CaseResult<T = ()> = Result<T, CaseError>;

impl CaseError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CaseError {}

impl From<HubError> for CaseError {
    fn from(error: HubError) -> Self {
        Self(format!("the hub answered {:?}: {error}", error.kind()))
    }
}

impl From<CommitError> for CaseError {
    fn from(error: CommitError) -> Self {
        Self(format!("a commit was refused: {error}"))
    }
}

/// Fails the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::CaseError::new(format!($($message)+)));
        }
    };
}
pub(crate) use ensure;

/// Fails the case unless both are equal.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the cases compare what they have just been given"
)]
pub(crate) fn same<T: PartialEq<U> + fmt::Debug, U: fmt::Debug>(
    what: &str,
    found: T,
    wanted: U,
) -> CaseResult {
    ensure!(found == wanted, "{what}: found {found:?}, wanted {wanted:?}");
    Ok(())
}

/// Fails the case unless the hub refused, in the way that is wanted.
pub(crate) fn refused<T>(what: &str, answer: Result<T, HubError>, wanted: HubErrorKind) -> CaseResult {
    match answer {
        Ok(_) => Err(CaseError::new(format!(
            "{what}: it was accepted; wanted {wanted:?}"
        ))),
        Err(error) => same(what, error.kind(), wanted),
    }
}

/// Fails the case unless the commit was refused because the session is no longer good.
pub(crate) fn stale<T>(what: &str, answer: Result<T, CommitError>) -> CaseResult {
    match answer {
        Err(CommitError::Stale { .. }) => Ok(()),
        Ok(_) => Err(CaseError::new(format!(
            "{what}: it was accepted; it should be refused as stale"
        ))),
        Err(error) => Err(CaseError::new(format!(
            "{what}: refused, but not as stale: {error}"
        ))),
    }
}
