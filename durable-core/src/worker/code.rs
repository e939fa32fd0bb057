//! The code of a resident execution, by its version.

use super::resident::Resident;
use super::run::Shared;
use crate::id::InstanceId;
use crate::replay::{Code, Halt, HaltReason};
use crate::version::{RecordedVersion, Version};

/// How an execution's code is found.
pub(super) enum Found {
    /// The code; with the version, if this turn resolves a blank one.
    Code(Code, Option<Version>),
    /// The version is blank, and there is no default that this worker runs.
    Unresolved(Halt),
    /// This worker does not run the version.
    Mismatch,
}

pub(super) fn find_code(shared: &Shared, instance: &InstanceId, resident: &Resident) -> Found {
    let code = |version: Version| {
        let offered = shared.offers(&resident.name, version);
        offered
            .then(|| shared.registry.code(&resident.name, version))
            .flatten()
    };
    match &resident.version {
        RecordedVersion::Known(version) => {
            code(*version).map_or(Found::Mismatch, |code| Found::Code(code, None))
        }
        RecordedVersion::Foreign(_) => Found::Mismatch,
        RecordedVersion::Blank => {
            let default = shared
                .registry
                .default_version(&shared.default_versions, &resident.name);
            let found = default.and_then(|version| Some(Found::Code(code(version)?, Some(version))));
            found.unwrap_or_else(|| Found::Unresolved(unresolved(shared, instance, resident, default)))
        }
    }
}

/// Words why a blank version cannot be resolved. It blocks the instance: to guess another version would be for ever.
fn unresolved(shared: &Shared, instance: &InstanceId, resident: &Resident, default: Option<Version>) -> Halt {
    let name = &resident.name;
    let why = match default {
        Some(version) => format!(
            "the default version {version} is none that this worker runs (it runs {})",
            shared.offered_versions(name)
        ),
        None => format!(
            "there is no default version: every version that this worker has ({}) is superseded",
            shared.registry.version_list(name)
        ),
    };
    let message = format!(
        "instance `{instance}` of orchestrator `{name}` was started without a version, and {why}\n  \
         help: set the default version to one of these, or mark one version as current"
    );
    Halt::new(HaltReason::Version, message)
}
