//! What is asked of a hub, in words.

use durable_core::WorkerId;
use durable_core::hub::Commit;

/// Which operation of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum OperationKind {
    Start,
    Signal,
    CompleteActivity,
    WaitEnded,
    WaitUntil,
    Amend,
    Import,
    RaiseFence,
    LowerFence,
    Purge,
    PurgeMatching,
    Get,
    Query,
    History,
    Fences,
    VersionCounts,
    Workers,
    Join,
    FetchTurns,
    LoadHistory,
    Commit,
    Release,
    FetchActivities,
    Heartbeat,
    Abandon,
    Park,
    Leave,
}

impl OperationKind {
    /// Returns whether a lost reply of it can be told from an operation that was never made.
    ///
    /// Asking has no effect, and work that a dropped fetch has found is handed out again.
    pub fn has_effect(self) -> bool {
        match self {
            Self::Start
            | Self::Signal
            | Self::CompleteActivity
            | Self::Amend
            | Self::Import
            | Self::RaiseFence
            | Self::LowerFence
            | Self::Purge
            | Self::PurgeMatching
            | Self::Join
            | Self::Commit
            | Self::Release
            | Self::Heartbeat
            | Self::Abandon
            | Self::Park
            | Self::Leave => true,
            Self::WaitEnded
            | Self::WaitUntil
            | Self::Get
            | Self::Query
            | Self::History
            | Self::Fences
            | Self::VersionCounts
            | Self::Workers
            | Self::FetchTurns
            | Self::LoadHistory
            | Self::FetchActivities => false,
        }
    }
}

/// One operation, as it is asked of a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What is asked.
    pub kind: OperationKind,
    /// The instance or activity it is about, if it names one; for a commit what it does, in short.
    pub subject: Option<String>,
    /// The worker that asks; `None` for a client.
    pub worker: Option<WorkerId>,
}

/// Says in short what a batch does: events, outgoing messages and completions of each element.
pub(super) fn outline(commits: &[Commit]) -> String {
    let elements = commits.iter().map(|commit| {
        let (events, outgoing) = commit
            .turn
            .as_ref()
            .map_or((0, 0), |turn| (turn.events.len(), turn.outgoing.len()));
        format!(
            "{events} events, {outgoing} outgoing, {} completions",
            commit.completions.len()
        )
    });
    elements.collect::<Vec<_>>().join("; ")
}
