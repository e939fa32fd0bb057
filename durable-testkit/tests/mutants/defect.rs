//! What can be wrong with a hub.

use durable_core::Payload;
use durable_core::history::Event;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, Capabilities, Commit, Committed, Fence, HeartbeatReply, InstanceQuery,
    InstanceRecord, LoadedHistory, Outgoing, Signal, StartRequest, TurnWork, WorkerOffer,
};

/// One defect: what becomes of requests and replies, and which rules are ignored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defect {
    pub(crate) capabilities: fn(Capabilities) -> Capabilities,
    pub(crate) start: fn(StartRequest) -> StartRequest,
    /// `None` acknowledges the signal and forgets it.
    pub(crate) signal: fn(Signal) -> Option<Signal>,
    pub(crate) offer: fn(WorkerOffer) -> WorkerOffer,
    pub(crate) query: fn(InstanceQuery) -> InstanceQuery,
    pub(crate) commit: fn(Commit) -> Vec<Commit>,
    pub(crate) committed: fn(Committed) -> Committed,
    pub(crate) turns: fn(Vec<TurnWork>) -> Vec<TurnWork>,
    pub(crate) batch: fn(ActivityBatch) -> ActivityBatch,
    pub(crate) record: fn(InstanceRecord) -> InstanceRecord,
    pub(crate) history: fn(LoadedHistory) -> LoadedHistory,
    pub(crate) heartbeat: fn(HeartbeatReply) -> HeartbeatReply,
    pub(crate) demand: fn(ActivityDemand) -> ActivityDemand,
    pub(crate) progress: fn(Option<Payload>) -> Option<Payload>,
    pub(crate) recursive: fn(bool) -> bool,
    pub(crate) import: fn(&mut Parts),
    pub(crate) fence: fn(Fence) -> Fence,
    pub(crate) ignored: Ignored,
}

/// What an import is made of.
pub(crate) struct Parts {
    pub(crate) record: InstanceRecord,
    pub(crate) events: Vec<Event>,
    pub(crate) timers: Vec<Outgoing>,
}

/// A rule that is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    Nothing,
    /// Whoever has ever owned an instance may commit.
    Epoch,
    /// The sessions of all ownerships of an instance are equal.
    NewOwnership,
    /// No two sessions are equal.
    SameOwnership,
    /// A turn may stand on any number of events.
    EventCount,
    /// A change may stand on anything.
    AmendedPlace,
    Release,
    Abandon,
    /// What is left to the outside stays with its worker.
    Park,
    /// Whoever has ever run an activity may complete it.
    ActivityEpoch,
    /// Heartbeats are answered and not stored.
    SignOfLife,
    /// Answers for an execution that was rewound are dropped.
    RewoundFamily,
    /// A rewind must keep at least one event.
    EmptyRewind,
    /// Whatever execution is asked for, the current history is returned.
    WhoseHistory,
    /// An import of an id that is taken is acknowledged.
    TakenImport,
    /// A fence stays up until its time.
    FenceEnd,
    Leave,
    /// Waiting for an end returns at once.
    WaitForTheEnd,
    OutsideCompletion,
    /// Leases are renewed for as long as the worker is held.
    RenewalStop,
    /// Leases never run out.
    LeaseEnd,
    /// Leases run out at the first pause.
    LeaseLength,
    /// Fetches look again when time has passed, and not when something has happened.
    Notification,
}

impl Defect {
    /// A hub that is sound.
    pub(crate) const NONE: Self = Self {
        capabilities: |it| it,
        start: |it| it,
        signal: Some,
        offer: |it| it,
        query: |it| it,
        commit: |it| vec![it],
        committed: |it| it,
        turns: |it| it,
        batch: |it| it,
        record: |it| it,
        history: |it| it,
        heartbeat: |it| it,
        demand: |it| it,
        progress: |it| it,
        recursive: |it| it,
        import: |_| {},
        fence: |it| it,
        ignored: Ignored::Nothing,
    };

    pub(crate) const fn ignoring(ignored: Ignored) -> Self {
        Self {
            ignored,
            ..Self::NONE
        }
    }

    pub(crate) fn ignores(&self, rule: Ignored) -> bool {
        self.ignored == rule
    }
}
