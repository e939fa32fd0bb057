//! What the lock says of one version.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::function::FunctionKind;
use crate::name::WireName;
use crate::registry::BodyFingerprint;
use crate::schema::Schema;
use crate::version::Version;

/// Which version of which function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Orchestrator or activity.
    pub kind: FunctionKind,
    /// The wire name.
    pub name: WireName,
    /// The version.
    pub version: Version,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.name, self.version)
    }
}

/// What was released of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The fingerprint of the body; none for an activity, whose body may be edited.
    pub body: Option<BodyFingerprint>,
    /// The recorded form of the input.
    pub input: Form,
    /// The recorded form of the output.
    pub output: Form,
    /// The recorded form of the error.
    pub error: Form,
    /// What the body calls, in the order of its text.
    pub calls: Vec<LockedCall>,
    /// The deterministic functions it calls.
    pub helpers: Vec<LockedHelper>,
    /// The edits that were accepted since the release.
    pub accepted: Vec<Accepted>,
}

/// The recorded form of a payload, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The schema's fingerprint; none for a type without `DurableSchema`.
    pub fingerprint: Option<u64>,
    /// The schema, so that a difference can be explained.
    pub schema: Option<Schema>,
}

/// What stood in the place of a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedCall {
    /// The handle of this version.
    Function(Key),
    /// No handle; the path's text.
    Other(String),
}

impl fmt::Display for LockedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(key) => write!(f, "{key}"),
            Self::Other(path) => write!(f, "- {path}"),
        }
    }
}

/// A deterministic function that the body calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedHelper {
    /// Its name.
    pub name: String,
    /// The fingerprint of its body and of what it calls.
    pub fingerprint: BodyFingerprint,
}

/// An edit that somebody took responsibility for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The day, as `2026-11-21`.
    pub date: String,
    /// Why no instance can be harmed.
    pub reason: String,
}
