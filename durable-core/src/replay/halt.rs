//! Why an execution cannot go on: the turn is given up, the instance is blocked, nothing is lost.

use std::fmt;

use super::difference::Difference;
use crate::decision::BlockReport;
use crate::id::BuildId;
use crate::time::Timestamp;

/// The kind of a [`Halt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HaltReason {
    /// The code does not make the recorded steps, or two runs of it do not decide the same.
    Nondeterminism,
    /// The code panicked.
    Panic,
    /// A recorded payload is not a value of the type the code wants.
    Undecodable,
    /// The code awaits something whose completion no history records.
    ForeignFuture,
    /// The code used the context in a way that can never work.
    Misuse,
    /// The instance has no version, and the worker cannot give it one that it runs.
    Version,
    /// The history is damaged or of a form that this release does not replay.
    Unreadable,
}

impl fmt::Display for HaltReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nondeterminism => "nondeterminism",
            Self::Panic => "panic",
            Self::Undecodable => "undecodable",
            Self::ForeignFuture => "foreign-future",
            Self::Misuse => "misuse",
            Self::Version => "version",
            Self::Unreadable => "unreadable",
        })
    }
}

/// Why an execution cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Halt {
    /// The kind.
    pub reason: HaltReason,
    /// What a person reads.
    pub message: String,
    /// The index of the history's event at which it happened, from 0.
    pub step: Option<u64>,
    /// The place in the user's source.
    pub place: Option<String>,
    /// The two sides, if the code does not make the recorded steps.
    pub difference: Option<Box<Difference>>,
}

impl Halt {
    pub(crate) fn new(reason: HaltReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            step: None,
            place: None,
            difference: None,
        }
    }

    pub(crate) fn with_difference(mut self, difference: Difference) -> Self {
        self.difference = Some(Box::new(difference));
        self
    }

    pub(crate) fn at_place(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    pub(crate) fn at_step(mut self, step: u64) -> Self {
        self.step.get_or_insert(step);
        self
    }

    /// Returns the report that is stored with the instance.
    pub fn to_report(&self, since: Timestamp, build: BuildId) -> BlockReport {
        BlockReport {
            reason: self.reason.to_string(),
            message: self.message.clone(),
            step: self.step,
            place: self.place.clone(),
            since,
            build,
        }
    }
}
