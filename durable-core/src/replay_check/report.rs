//! What a check found.

use std::fmt;

use serde::Serialize;

use crate::id::InstanceId;
use crate::name::WireName;
use crate::version::RecordedVersion;

/// The version of the form of [`Report::to_json`].
pub const REPORT_SCHEMA: u32 = 1;

/// What a worker would stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The code does not make the recorded steps.
    Diverges,
    /// The binary does not have the version.
    MissingVersion,
    /// The binary does not have an orchestrator of the name.
    UnknownOrchestrator,
    /// The instance came without a version, and the binary has no default one.
    NoVersion,
    /// A recorded value is not one of the type that the code wants.
    Undecodable,
    /// The code panics.
    Panics,
    /// The code uses its context in a way that can never work.
    Misuse,
    /// The code awaits a future that is not durable, or waits for nothing that can happen.
    ForeignFuture,
    /// The history is damaged, or was written by a later release.
    Unreadable,
    /// The replay did not return in time.
    DidNotReturn,
    /// A step gets another input than the recorded one. A warning: the recorded result holds.
    InputChanged,
}

impl FindingKind {
    /// Returns whether a worker would go on all the same.
    pub fn is_warning(self) -> bool {
        match self {
            Self::InputChanged => true,
            Self::Diverges
            | Self::MissingVersion
            | Self::UnknownOrchestrator
            | Self::NoVersion
            | Self::Undecodable
            | Self::Panics
            | Self::Misuse
            | Self::ForeignFuture
            | Self::Unreadable
            | Self::DidNotReturn => false,
        }
    }

    /// Returns how the kind is worded after a number of instances.
    pub(super) fn verb(self, one: bool) -> &'static str {
        let (of_one, of_many) = match self {
            Self::Diverges => ("diverges", "diverge"),
            Self::MissingVersion => ("needs a missing version", "need a missing version"),
            Self::UnknownOrchestrator => ("is of an unknown orchestrator", "are of an unknown orchestrator"),
            Self::NoVersion => ("has no version", "have no version"),
            Self::Undecodable => ("has an undecodable value", "have an undecodable value"),
            Self::Panics => ("panics", "panic"),
            Self::Misuse => ("misuses its context", "misuse their context"),
            Self::ForeignFuture => ("awaits a foreign future", "await a foreign future"),
            Self::Unreadable => ("is unreadable", "are unreadable"),
            Self::DidNotReturn => ("does not return", "do not return"),
            Self::InputChanged => ("gives a step another input", "give a step another input"),
        };
        if one { of_one } else { of_many }
    }
}

/// The first instance of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Example {
    /// The instance, if it is known.
    pub instance: Option<InstanceId>,
    /// The file that its history is in, if it came from one.
    pub file: Option<String>,
    /// The index of the history's event, from 0.
    pub step: Option<u64>,
    /// The recorded step, of a difference.
    pub recorded: Option<String>,
    /// What the code does instead, of a difference.
    pub attempted: Option<String>,
    /// The whole text.
    pub message: String,
}

/// Instances at which the same was found, at the same place of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// The orchestrator, if it is known.
    pub orchestrator: Option<WireName>,
    /// The version, if it is known.
    pub version: Option<RecordedVersion>,
    /// The place in the source, if there is one.
    pub place: Option<String>,
    /// How many instances.
    pub instances: u64,
    /// How many of them are blocked already.
    pub blocked_already: u64,
    /// The first of them.
    pub first: Example,
    /// Up to nine more.
    pub more: Vec<InstanceId>,
    /// What to do.
    pub next: Vec<String>,
}

/// What a check found. Shown by `Display` as a text for people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many instances were looked at.
    pub checked: u64,
    /// How many of them this binary can go on with.
    pub ok: u64,
    /// How many of them have a finding.
    pub found: u64,
    /// How many can be gone on with, and have a warning.
    pub warned: u64,
    /// How many were left out because their orchestrator is unknown.
    pub ignored: u64,
    /// How many ended, or went on again and again, before they could be read.
    pub moved_on: u64,
    /// What a worker would stop at, the most frequent first.
    pub findings: Vec<Finding>,
    /// What is to be looked at.
    pub warnings: Vec<Finding>,
}

impl Report {
    /// Returns whether a worker with this binary can go on with every instance.
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// Returns the report as one JSON object. `source` says what was checked. The form is documented in
    /// `docs/replay-check.md`, and has a version.
    #[expect(clippy::missing_panics_doc, reason = "texts and numbers are always encodable")]
    pub fn to_json(&self, source: &str) -> String {
        #[derive(Serialize)]
        struct Output<'a> {
            schema: u32,
            source: &'a str,
            #[serde(flatten)]
            report: &'a Report,
        }

        let output = Output {
            schema: REPORT_SCHEMA,
            source,
            report: self,
        };
        serde_json::to_string_pretty(&output).expect("texts and numbers are always encodable")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::text::write(f, self)
    }
}
