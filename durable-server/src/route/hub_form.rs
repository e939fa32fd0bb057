//! The forms of the hub contract: those of `durable_core::hub`, as serde writes them.

/// A form of the hub contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HubForm {
    /// What a hub is.
    Description,
    /// An instance, if there is one.
    Found,
    /// What is listed or removed.
    Query,
    /// A page of a listing.
    Page,
    /// A part of a history.
    HistoryPart,
    /// What a wait has come to.
    Waited,
    /// A start.
    Start,
    /// What became of a start.
    StartOutcome,
    /// An external event.
    Event,
    /// The end of an activity, from outside.
    Completion,
    /// A message to an instance.
    Signal,
    /// A change outside a turn.
    Amendment,
    /// An instance from another hub.
    Import,
    /// What was removed.
    PurgeReport,
    /// A fence.
    Fence,
    /// Fences.
    Fences,
    /// Whether a fence was up.
    Lowered,
    /// Counts by version.
    Versions,
    /// Workers.
    Workers,
    /// What a hub knows of an instance.
    Record,
    /// A history.
    History,
    /// A payload.
    Payload,
}

impl HubForm {
    pub(crate) const ALL: [Self; 22] = [
        Self::Description,
        Self::Found,
        Self::Query,
        Self::Page,
        Self::HistoryPart,
        Self::Waited,
        Self::Start,
        Self::StartOutcome,
        Self::Event,
        Self::Completion,
        Self::Signal,
        Self::Amendment,
        Self::Import,
        Self::PurgeReport,
        Self::Fence,
        Self::Fences,
        Self::Lowered,
        Self::Versions,
        Self::Workers,
        Self::Record,
        Self::History,
        Self::Payload,
    ];
}
