//! What a key or a token allows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of what can be asked for. A key has some of them, and none contains another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look: instances with their inputs and outputs, histories, versions, workers, fences.
    Read,
    /// Start instances.
    Start,
    /// Raise events to instances.
    Event,
    /// Cancel, terminate, suspend, resume, rewind, restart and purge instances; raise and lower fences.
    Manage,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Start, Self::Event, Self::Manage];
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Start => "start",
            Self::Event => "event",
            Self::Manage => "manage",
        })
    }
}

/// The text names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope: there are read, start, event and manage")]
pub struct ScopeError(String);

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let named = Self::ALL.into_iter().find(|scope| scope.to_string() == text);
        named.ok_or_else(|| ScopeError(text.chars().take(40).collect()))
    }
}

/// What can be done with one instance: what a token allows some of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Read its status and history.
    Read,
    /// Raise events to it.
    RaiseEvent,
    /// Ask it to end.
    Cancel,
    /// Terminate it.
    Terminate,
    /// Suspend it.
    Suspend,
    /// Resume it.
    Resume,
    /// Rewind it.
    Rewind,
    /// Restart it.
    Restart,
    /// Purge it.
    Purge,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::RaiseEvent,
        Self::Cancel,
        Self::Terminate,
        Self::Suspend,
        Self::Resume,
        Self::Rewind,
        Self::Restart,
        Self::Purge,
    ];

    /// Its letter in tokens.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Read => 'r',
            Self::RaiseEvent => 'e',
            Self::Cancel => 'c',
            Self::Terminate => 't',
            Self::Suspend => 's',
            Self::Resume => 'u',
            Self::Rewind => 'w',
            Self::Restart => 'n',
            Self::Purge => 'p',
        }
    }

    /// The scope of a key that allows it for every instance.
    pub fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::RaiseEvent => Scope::Event,
            Self::Cancel
            | Self::Terminate
            | Self::Suspend
            | Self::Resume
            | Self::Rewind
            | Self::Restart
            | Self::Purge => Scope::Manage,
        }
    }
}
