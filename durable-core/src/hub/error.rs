//! The errors of the hub boundary.

use std::fmt;

/// What a caller can do about a [`HubError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HubErrorKind {
    /// The hub did not answer in time or is busy: trying again can help.
    Unavailable,
    /// The instance, execution or activity does not exist.
    NotFound,
    /// The instance is in a state that forbids the operation, or changed meanwhile.
    Conflict,
    /// The request can never succeed as it stands.
    Invalid,
    /// Stored data is damaged or of a form that this version does not read.
    Corrupt,
    /// The hub can no longer be used: its writer stopped, or it was closed.
    Closed,
    /// What is asked for is nothing that this hub, or the server before it, can do at all.
    Unsupported,
    /// Whoever asks may not: a key is missing, unknown, or good for something else.
    Denied,
}

/// Why a hub operation did not succeed.
#[derive(Debug)]
pub struct HubError {
    kind: HubErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl HubError {
    /// Makes an error. The message is a lower-case fragment that names the thing and the value.
    pub fn new(kind: HubErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns what a caller can do about it.
    pub fn kind(&self) -> HubErrorKind {
        self.kind
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HubError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why one commit of a batch was refused. A refused commit has no effect at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The committer no longer owns the instance or the activity: another worker took it over, or it ended.
    #[error("the {what} is no longer owned by this worker (held epoch {held}, current {current})")]
    Stale {
        /// The instance or activity.
        what: String,
        /// The epoch of the committer's session.
        held: u64,
        /// The present epoch; 0 if the thing is gone.
        current: u64,
    },
    /// The hub failed; whether the commit took effect is told by the next load.
    #[error("the commit failed: {0}")]
    Hub(#[from] HubError),
}
