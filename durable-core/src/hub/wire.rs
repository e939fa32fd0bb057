//! The forms in which the client's side of the contract travels between a server and a hub that is reached through it.
//!
//! They are JSON, as serde writes these types and those of the contract; records and histories have the form that history
//! files have. `docs/http-api.md` lists the routes. What a server must not overlook in a request is refused if it does not
//! know it: a filter that is ignored would make a purge strike others.

use serde::{Deserialize, Serialize};

use super::{
    ActivityKey, Amendment, Capabilities, HubErrorKind, Import, InstanceRecord, LoadedHistory, NotQuiesced,
    Outgoing,
};
use crate::failure::FailureDetails;
use crate::id::ExecutionId;
use crate::name::EventName;
use crate::payload::Payload;
use crate::time::Timestamp;

/// The path under which a server has the routes, behind the path under which it is mounted itself.
pub const BASE: &str = "/durable/hub/v1";

/// What a server says of the hub behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// What the hub can do.
    pub capabilities: Capabilities,
    /// The present moment, by the hub's clock.
    pub now: Timestamp,
    /// The server's release.
    pub release: String,
}

/// An instance, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What the hub knows of it.
    pub record: Option<InstanceRecord>,
}

/// A part of a history, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPart {
    /// The execution, with the events of this part.
    pub history: Option<LoadedHistory>,
    /// How many events come before the next part, if there is one.
    pub next: Option<u64>,
}

/// What a wait has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// The record that was waited for; `None` if the time was over before.
    pub record: Option<InstanceRecord>,
    /// What the record looks like, for the next wait for a change. Opaque.
    pub seen: Option<String>,
    /// When the instance was started: another moment is another instance.
    pub created_at: Timestamp,
}

/// An external event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Its name.
    pub name: EventName,
    /// Its data.
    pub input: Payload,
}

/// The end of an activity that is completed from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// The activity.
    pub activity: ActivityKey,
    /// Its result.
    pub result: Result<Payload, FailureDetails>,
}

/// A change outside a turn, with what is expected to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// The execution that is changed.
    pub execution: ExecutionId,
    /// How many events its history has.
    pub event_count: u64,
    /// The change.
    pub amendment: Amendment,
}

/// An instance that comes from another hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// What was known of it.
    pub record: InstanceRecord,
    /// The history of its current execution.
    pub history: LoadedHistory,
    /// The timers that it waits for.
    pub timers: Vec<Outgoing>,
}

impl From<&Import> for NewImport {
    fn from(import: &Import) -> Self {
        Self {
            record: import.record().clone(),
            history: LoadedHistory {
                execution: import.record().execution.clone(),
                events: import.events().to_vec(),
            },
            timers: import.timers().to_vec(),
        }
    }
}

impl TryFrom<NewImport> for Import {
    type Error = NotQuiesced;

    fn try_from(import: NewImport) -> Result<Self, NotQuiesced> {
        Self::new(import.record, import.history, import.timers)
    }
}

/// Whether a fence was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowered {
    /// Whether it was.
    pub lowered: bool,
}

impl HubErrorKind {
    /// Every kind, in the order in which it is declared.
    pub const ALL: [Self; 8] = [
        Self::Unavailable,
        Self::NotFound,
        Self::Conflict,
        Self::Invalid,
        Self::Corrupt,
        Self::Closed,
        Self::Unsupported,
        Self::Denied,
    ];

    /// Returns its name: what a server says of an error's kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "Unavailable",
            Self::NotFound => "NotFound",
            Self::Conflict => "Conflict",
            Self::Invalid => "Invalid",
            Self::Corrupt => "Corrupt",
            Self::Closed => "Closed",
            Self::Unsupported => "Unsupported",
            Self::Denied => "Denied",
        }
    }

    /// Returns the kind of a name, if this release knows it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests;
