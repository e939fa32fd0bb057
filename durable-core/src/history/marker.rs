//! The one event that the Durable Task Framework lacks.

use serde::{Deserialize, Serialize};

/// The version of the rules of a step that this release writes into every new execution.
///
/// A later release that changes a rule raises it, and replays older executions by the rules they were written with.
pub const ENGINE_SEMANTICS: u32 = 1;

/// What a marker records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MarkerKind {
    /// The rules of a step that the execution is written by; the second event of every execution.
    EngineSemantics,
    /// The value of a side effect. Takes a task id.
    SideEffect,
    /// The retry policy in force for a call, and the seed of its jitter. Stands before the call's first attempt.
    RetryPolicy,
    /// Whether a failed attempt is retried, as the user's predicate said.
    RetryVerdict,
    /// The version that a blank one was resolved to, in the first turn.
    VersionResolved,
    /// The instance was moved to another version after a clean trial replay.
    Moved,
    /// Somebody asked the instance to cancel.
    CancelRequested,
}

/// A marker: its kind, the version of its data's form, and the data as JSON text.
///
/// The Azure hub stores it as a `GenericEvent`, which the Durable Task Framework ignores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// What it records.
    pub kind: MarkerKind,
    /// The version of the data's form.
    pub version: u16,
    /// The task it belongs to, if any.
    pub task: Option<crate::id::TaskId>,
    /// The data as JSON text; its form depends on the kind (docs/history-format.md).
    pub data: String,
}
