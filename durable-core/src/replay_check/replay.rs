//! The replay of one instance, and what it finds.

use super::options::CheckOptions;
use super::report::FindingKind;
use super::subject::Subject;
use crate::function::FunctionKind;
use crate::history::Event;
use crate::registry::Registry;
use crate::replay::{Code, Difference, Execution, Halt, HaltReason, InputChange};
use crate::version::{RecordedVersion, Version};

/// What was found at one instance.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) kind: FindingKind,
    pub(super) message: String,
    pub(super) step: Option<u64>,
    pub(super) place: Option<String>,
    pub(super) difference: Option<Difference>,
}

impl Found {
    pub(super) fn new(kind: FindingKind, message: String) -> Self {
        Self {
            kind,
            message,
            step: None,
            place: None,
            difference: None,
        }
    }
}

impl From<Halt> for Found {
    fn from(halt: Halt) -> Self {
        let kind = match halt.reason {
            HaltReason::Nondeterminism => FindingKind::Diverges,
            HaltReason::Panic => FindingKind::Panics,
            HaltReason::Undecodable => FindingKind::Undecodable,
            HaltReason::Misuse => FindingKind::Misuse,
            HaltReason::ForeignFuture => FindingKind::ForeignFuture,
            HaltReason::Version => FindingKind::NoVersion,
            HaltReason::Unreadable => FindingKind::Unreadable,
        };
        Self {
            kind,
            message: halt.message,
            step: halt.step,
            place: halt.place,
            difference: halt.difference.map(|difference| *difference),
        }
    }
}

impl From<InputChange> for Found {
    fn from(change: InputChange) -> Self {
        Self {
            kind: FindingKind::InputChanged,
            message: format!("{} gets another input than the recorded one", change.what),
            step: Some(change.step),
            place: Some(change.place),
            difference: None,
        }
    }
}

/// How the replay of one instance ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The code makes the recorded steps; the first of those with other inputs, if there are any.
    Replayed(Option<Box<Found>>),
    /// A worker would stop at it.
    Found(Box<Found>),
}

/// Finds the code that a worker would take; `None` if the orchestrator is to be ignored.
pub(super) fn choose(
    registry: &Registry,
    options: &CheckOptions,
    subject: &Subject,
) -> Result<Option<Code>, Box<Found>> {
    let name = &subject.name;
    let found = |kind, message| Err(Box::new(Found::new(kind, message)));
    if !registry.has_name(FunctionKind::Orchestrator, name) {
        if options.ignore_unknown {
            return Ok(None);
        }
        let message = format!("this binary has no orchestrator `{name}`");
        return found(FindingKind::UnknownOrchestrator, message);
    }
    let missing = |version: &dyn std::fmt::Display| {
        let has = registry.version_list(name);
        let message = format!("this binary has no version {version} of orchestrator `{name}`; it has {has}");
        found(FindingKind::MissingVersion, message)
    };
    let code = |version: Version| registry.code(name, version);
    match &subject.version {
        RecordedVersion::Known(version) => match code(*version) {
            Some(code) => Ok(Some(code)),
            None => missing(version),
        },
        RecordedVersion::Foreign(version) => missing(version),
        RecordedVersion::Blank => {
            let default = registry.default_version(&options.default_versions, name);
            match default.and_then(code) {
                Some(code) => Ok(Some(code)),
                None => found(
                    FindingKind::NoVersion,
                    format!(
                        "the instance came without a version, and this binary has no default one for `{name}`; it has {}",
                        registry.version_list(name)
                    ),
                ),
            }
        }
    }
}

/// Replays a history. Runs the user's code, so only ever on a thread of the lanes.
pub(super) fn replay(code: Code, history: &[Event], begins: bool) -> Outcome {
    match Execution::compare(code, history) {
        Ok(changes) => Outcome::Replayed(changes.into_iter().next().map(|change| Box::new(change.into()))),
        // The first turn is not made: that it would make steps is no difference, only that it cannot begin.
        Err(halt) if begins && halt.reason == HaltReason::Nondeterminism => Outcome::Replayed(None),
        Err(halt) => Outcome::Found(Box::new(halt.into())),
    }
}
