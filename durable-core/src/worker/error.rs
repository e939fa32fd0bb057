//! Why a worker cannot start or go on.

use std::fmt;

use crate::hub::HubError;
use crate::name::{NameError, WireName};
use crate::registry::{PolicyError, RegistryErrors};
use crate::replay::{DETERMINISM_CHECKS_VARIABLE, UnknownChecks};
use crate::version::RecordedVersion;

/// A version that live instances need and no worker offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVersion {
    /// The orchestrator.
    pub name: WireName,
    /// The version.
    pub version: RecordedVersion,
    /// How many instances need it.
    pub instances: u64,
}

impl fmt::Display for MissingVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` version {} ({} instances)",
            self.name, self.version, self.instances
        )
    }
}

/// Why a worker cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The functions of the binary contradict each other, or lack state.
    #[error(transparent)]
    Registry(#[from] RegistryErrors),
    /// The version policy is malformed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The environment names determinism checks that do not exist.
    #[error("the environment variable `{DETERMINISM_CHECKS_VARIABLE}`: {0}")]
    DeterminismChecks(UnknownChecks),
    /// The worker's id is malformed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The binary lacks versions that live instances need.
    #[error(
        "this binary lacks orchestrator versions that live instances need, and no other worker offers them: {}; \
         keep those versions in the code until they are drained, or start with `MissingVersions::Warn`",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    MissingVersions(Vec<MissingVersion>),
    /// The hub failed.
    #[error("the task hub failed: {0}")]
    Hub(#[from] HubError),
    /// A thread could not be started.
    #[error("a turn thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}
