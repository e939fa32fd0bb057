//! The hub contract: what storage must do so that engine, worker and client work on it.
//!
//! ```text
//!  Client ──────► ClientOperations ─┐
//!  Client, CLI ─► ManagementQueries ┤
//!                                   ├─ TaskHub (SQLite, memory, Azure)
//!  Worker ─ join ─► WorkerHub ──────┘
//!     orchestration work: fetch_turns → load_history → commit → release
//!     activity work:      fetch_activities → heartbeat → commit / abandon
//! ```
//!
//! The obligations are numbered in `docs/hub-contract.md`; each has a conformance case in `durable-testkit`
//! that every hub runs.

mod activity_work;
mod capability;
mod client_operations;
mod commit;
mod description;
mod error;
mod fence;
mod import;
mod management;
mod record;
mod session;
mod turn_work;
pub mod wire;
mod worker_hub;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use description::{Access, DescribesHub};

pub use crate::decision::{
    ActivityOrder, BlockReport, ChildStart, CustomStatus, NextExecution, Outgoing, TurnOutcome,
};
pub use activity_work::{ActivityBatch, ActivityDemand, ActivityKey, ActivityWork, HeartbeatReply};
pub use capability::Capabilities;
pub use client_operations::{
    Amendment, ClientOperations, CompletionToken, IdReuse, ManyFuture, PurgeReport, Signal, StartOutcome,
    StartRequest,
};
pub use commit::{ActivityCompletion, Commit, Committed, TurnCommit};
pub use error::{CommitError, HubError, HubErrorKind};
pub use fence::{Fence, FenceId, FencedCode};
pub(crate) use import::answered;
pub use import::{Import, NotQuiesced};
pub use management::{
    InstanceQuery, LoadedHistory, ManagementQueries, Page, PageToken, VersionCount, WorkerRecord,
};
pub use record::{InstanceRecord, InstanceStatus};
pub use session::Session;
pub use turn_work::{Message, MessageReceipt, TurnWork};
pub use worker_hub::{CodeKey, CommitFuture, WorkerHub, WorkerOffer};

/// The future of a hub operation.
pub type HubFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, HubError>> + Send + 'a>>;

/// A task hub: the storage that holds instances, histories and queues.
pub trait TaskHub: ClientOperations + ManagementQueries + Send + Sync + fmt::Debug + 'static {
    /// Returns what the hub can do beyond the base contract.
    fn capabilities(&self) -> Capabilities;

    /// Joins a worker: makes it visible to the other workers of the hub and lets it fetch work.
    ///
    /// Several workers may join one hub from one process; each is a node of its own.
    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>>;

    /// Returns the clock by which the hub judges due times, leases and start times.
    fn clock(&self) -> Arc<dyn crate::time::Clock>;
}
