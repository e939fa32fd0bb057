//! What a body calls: other durable functions, and deterministic ones.

use std::fmt;

use super::BodyFingerprint;
use crate::function::FunctionKind;
use crate::version::Version;

/// A path in the place of a handle in a body: `charge` in `ctx.call(charge, order)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// The handle of a durable function.
    Function {
        /// Orchestrator or activity.
        kind: FunctionKind,
        /// The wire name.
        name: &'static str,
        /// The version that the handle stands for.
        version: Version,
        /// Whether the handle names its version.
        pinned: bool,
        /// The path, as written.
        path: &'static str,
    },
    /// Something else: the method called is none of the library's.
    Other {
        /// The path, as written.
        path: &'static str,
    },
}

impl fmt::Display for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function {
                kind, name, version, ..
            } => write!(f, "{kind} {name} {version}"),
            Self::Other { path } => write!(f, "- {path}"),
        }
    }
}

/// A deterministic function that a body calls, with all that it calls itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Helper {
    /// Its name, as written.
    pub name: &'static str,
    /// The fingerprint of its body, mixed with those of the deterministic functions it calls.
    pub fingerprint: BodyFingerprint,
}
