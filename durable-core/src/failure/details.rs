//! What is stored of an error.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most causes that are kept of an error's chain.
pub const FAILURE_CAUSES_MAX: usize = 16;

/// The most bytes of one message that are kept.
pub const FAILURE_TEXT_MAX: usize = 32 * 1024;

/// The kind of the failure of an activity that gave no sign of life.
pub(super) const HEARTBEAT_TIMEOUT: &str = "HeartbeatTimeout";

pub(super) const HEARTBEAT_TEXT: &str = "the activity gave no sign of life within its heartbeat limit";

/// Where a failure arose. Retry and conversion decisions read this and never a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FailureOrigin {
    /// The function returned an error.
    Application,
    /// The function panicked.
    Panic,
    /// The call ran out of time.
    Timeout,
    /// The call was cancelled.
    Cancelled,
    /// The called instance was terminated.
    Terminated,
    /// An input, output or error could not be encoded or decoded.
    Payload,
    /// No code of the wanted version may run it, and the worker is set to fail such instances.
    VersionMismatch,
    /// The id of the sub-orchestration is taken by another instance.
    AlreadyExists,
    /// The system could not carry out the call.
    Infrastructure,
}

/// One error below the topmost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its text.
    pub message: String,
}

/// The persisted form of an error: closed, flat, and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureDetails {
    /// Where it arose.
    pub origin: FailureOrigin,
    /// The kind: the error's type, with its variant if it is an enum (`ChargeError::Declined`).
    pub kind: String,
    /// The error's own text.
    pub message: String,
    /// The typed error as JSON text, to be decoded at the caller.
    pub json: Option<String>,
    /// Whether a retry can never help.
    pub non_retriable: bool,
    /// The chain of sources, at most [`FAILURE_CAUSES_MAX`].
    pub causes: Vec<Cause>,
}

impl FailureDetails {
    /// Makes the details of a failure that has no typed error.
    pub fn new(origin: FailureOrigin, kind: impl Into<String>, message: impl Into<String>) -> Self {
        let message = shorten(message.into());
        Self {
            origin,
            kind: kind.into(),
            message,
            json: None,
            non_retriable: false,
            causes: Vec::new(),
        }
    }

    /// Makes the failure of an activity that gave no sign of life for longer than its heartbeat limit. Every hub says
    /// it so.
    pub fn heartbeat_timeout() -> Self {
        Self::new(FailureOrigin::Timeout, HEARTBEAT_TIMEOUT, HEARTBEAT_TEXT)
    }

    /// Marks the failure as one that no retry can help.
    #[must_use]
    pub fn non_retriable(mut self) -> Self {
        self.non_retriable = true;
        self
    }

    /// Adds the sources of `error`, topmost first.
    #[must_use]
    pub fn with_sources_of(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let sources = std::iter::successors(error.source(), |cause| cause.source());
        let causes = sources.take(FAILURE_CAUSES_MAX).map(|cause| Cause {
            message: shorten(cause.to_string()),
        });
        self.causes.extend(causes);
        self
    }

    /// Returns whether the variant or the whole kind equals `wanted`: `Declined` or `ChargeError::Declined`.
    pub fn is_kind(&self, wanted: &str) -> bool {
        self.kind == wanted || self.kind.rsplit("::").next() == Some(wanted)
    }
}

impl fmt::Display for FailureDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for FailureDetails {}

/// Cuts a text at [`FAILURE_TEXT_MAX`] bytes, on a character's edge.
fn shorten(mut text: String) -> String {
    if text.len() > FAILURE_TEXT_MAX {
        text.truncate(text.floor_char_boundary(FAILURE_TEXT_MAX));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_cut_on_a_character() {
        let details = FailureDetails::new(FailureOrigin::Application, "E", "é".repeat(FAILURE_TEXT_MAX));
        assert!(details.message.len() <= FAILURE_TEXT_MAX + '…'.len_utf8());
    }

    #[test]
    fn a_kind_matches_by_variant_or_in_full() {
        let details = FailureDetails::new(FailureOrigin::Application, "ChargeError::Declined", "no");
        assert!(details.is_kind("Declined") && details.is_kind("ChargeError::Declined"));
        assert!(!details.is_kind("ChargeError"));
    }
}
