//! The worker's side of a hub.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{
    ActivityBatch, ActivityDemand, Commit, CommitError, Committed, HeartbeatReply, HubFuture, LoadedHistory,
    Session, TurnWork,
};
use crate::id::{BuildId, WorkerId};
use crate::name::WireName;
use crate::payload::Payload;
use crate::version::Version;

/// The future of a batch of commits: one answer for each, at its place.
pub type CommitFuture<'a> = Pin<Box<dyn Future<Output = Vec<Result<Committed, CommitError>>> + Send + 'a>>;

/// A function that a worker offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CodeKey {
    /// The wire name.
    pub name: WireName,
    /// The version.
    pub version: Version,
}

impl fmt::Display for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// What a worker says of itself when it joins.
#[derive(Debug, Clone)]
pub struct WorkerOffer {
    /// Its id, unique within the hub.
    pub worker: WorkerId,
    /// The binary it runs.
    pub build: BuildId,
    /// The orchestrator versions it runs, after its match strategy.
    pub orchestrators: Vec<CodeKey>,
    /// The activity versions it runs.
    pub activities: Vec<CodeKey>,
    /// Whether it also takes instances of the names it offers in versions it does not, to fail them.
    pub takes_mismatched: bool,
}

/// The hub as one joined worker sees it.
///
/// Every future is cancel safe: dropping it loses no work. Work handed to a fetch that was dropped
/// is handed out again.
pub trait WorkerHub: Send + Sync + fmt::Debug + 'static {
    /// Waits until an instance has work for this worker, and returns at most `limit` of them.
    ///
    /// A long poll ended by a notification: no interval. Returned instances are owned by the worker until it
    /// releases them, ends them, or its lease runs out; more messages for an owned instance come by later fetches.
    /// The answer to a task may be held back until the history tells of the task.
    /// A new instance may be handed out while its start is still being stored; a commit of it is stored after that,
    /// or with it.
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>>;

    /// Returns the whole history of an owned instance's current execution.
    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory>;

    /// Commits a batch; each element is atomic by itself and is answered at its place.
    ///
    /// A commit is refused as stale, without any effect, when the epoch of its session has passed. Activities that were
    /// to be handed over by a reply that is lost MUST be handed out again, or nobody ever runs them.
    fn commit(&self, commits: Vec<Commit>) -> CommitFuture<'_>;

    /// Gives up an instance: unconsumed messages are handed out again, here or elsewhere.
    ///
    /// Without effect if the ownership has passed already.
    fn release(&self, session: Session) -> HubFuture<'_, ()>;

    /// Waits until there are activities for this worker, or running ones to cancel.
    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch>;

    /// Reports that an activity is alive, with optional progress for a later run of the same task.
    ///
    /// It is cancelled, too, if the worker no longer owns it: another runs it, or it was completed from outside.
    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply>;

    /// Gives an activity back unrun or undone: it is handed out again. Without effect if the ownership has passed.
    fn abandon(&self, session: Session) -> HubFuture<'_, ()>;

    /// Leaves an activity to be completed from outside, by its token: it is not handed out again.
    fn park(&self, session: Session) -> HubFuture<'_, ()>;

    /// Leaves the hub: everything owned is released, fetches end with [`HubErrorKind::Closed`](super::HubErrorKind).
    fn leave(&self) -> HubFuture<'_, ()>;

    /// Lets the worker's lease run out: it is not renewed at any moment after this call, whatever still holds the worker.
    ///
    /// What the worker owns stays its own until the lease has run out, as if its process had died. Without effect after
    /// [`leave`](Self::leave). Never waits, so that it may be called in a `drop`. A hub that is dropped as a worker MUST do
    /// the same.
    fn stop_renewal(&self);
}
