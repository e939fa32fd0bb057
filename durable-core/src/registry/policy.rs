//! Version policy: which version a start gets, and which versions a worker runs.

mod defaults;
mod error;

use super::migrate::convert;
use super::{Registration, Registry, TypeInfo};
use crate::function::FunctionKind;
use crate::hub::CodeKey;
use crate::name::WireName;
use crate::payload::Payload;
use crate::version::Version;

pub use defaults::{DEFAULT_VERSION_VARIABLE, DefaultVersions};
pub use error::PolicyError;

/// Which versions a worker runs, of those it has. The names and their meaning are Durable Functions'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum MatchStrategy {
    /// Every version it has.
    #[default]
    None,
    /// Only the default version of each name.
    Strict,
    /// The default version of each name, and those before it.
    CurrentOrOlder,
}

/// What a worker does with instances of its names in versions it does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum MismatchStrategy {
    /// Leaves them for another worker.
    #[default]
    Reject,
    /// Fails them with `VersionMismatch`.
    Fail,
}

/// What the policy chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionChoice {
    /// The version.
    pub version: Version,
    /// The input, in that version's form.
    pub input: Payload,
}

/// What a handle knows of itself at compile time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandleTypes {
    pub(crate) version: Version,
    pub(crate) pinned: bool,
    pub(crate) input: TypeInfo,
    pub(crate) output: TypeInfo,
    pub(crate) error: TypeInfo,
}

impl Registry {
    /// Chooses the version of a start: the one asked for, the handle's if it is pinned, the configured, the current.
    pub(crate) fn choose(
        &self,
        defaults: &DefaultVersions,
        name: &WireName,
        handle: &HandleTypes,
        asked: Option<Version>,
        input: Payload,
    ) -> Result<VersionChoice, PolicyError> {
        if let Some(error) = &defaults.bad_name {
            return Err(error.clone().into());
        }
        let (version, chosen_by) = match (asked, handle.pinned, defaults.get(name)) {
            (Some(version), _, _) => (version, "the start"),
            (None, false, Some(version)) => (version, "the configured default"),
            (None, true, _) | (None, false, None) => (handle.version, "the handle"),
        };
        if version == handle.version {
            return Ok(VersionChoice { version, input });
        }
        let row = self
            .find(FunctionKind::Orchestrator, name, version)
            .ok_or_else(|| PolicyError::Missing {
                name: name.clone(),
                version,
                available: self.version_list(name),
                chosen_by,
            })?;
        self.adapt(name, handle, row, input)
    }

    fn adapt(
        &self,
        name: &WireName,
        handle: &HandleTypes,
        row: &Registration,
        input: Payload,
    ) -> Result<VersionChoice, PolicyError> {
        let differ = |field, ours: TypeInfo, theirs: TypeInfo| PolicyError::Types {
            name: name.clone(),
            handle: handle.version,
            chosen: row.version,
            field,
            handle_type: ours.name(),
            chosen_type: theirs.name(),
            mangled: row.version.mangled(),
        };
        let answers = [
            ("output", handle.output, row.output),
            ("error", handle.error, row.error),
        ];
        for (field, ours, theirs) in answers {
            if !ours.recorded_like(&theirs) {
                return Err(differ(field, ours, theirs));
            }
        }
        let path = self
            .migration_path(&handle.input, &row.input)
            .ok_or_else(|| differ("input", handle.input, row.input))?;
        let input = convert(&path, input).map_err(PolicyError::Migration)?;
        Ok(VersionChoice {
            version: row.version,
            input,
        })
    }

    /// Checks that a version reads an input that was recorded for another version. One that is not here has no say.
    pub(crate) fn check_same_input(
        &self,
        name: &WireName,
        from: Version,
        to: Version,
    ) -> Result<(), PolicyError> {
        let row = |version| self.find(FunctionKind::Orchestrator, name, version);
        match (row(from), row(to)) {
            (Some(old), Some(new)) if !old.input.recorded_like(&new.input) => Err(PolicyError::MovedInput {
                name: name.clone(),
                from,
                to,
                from_type: old.input.name(),
                to_type: new.input.name(),
            }),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// Lists the versions of an orchestrator for people.
    pub(crate) fn version_list(&self, name: &WireName) -> String {
        let keys = self.keys(FunctionKind::Orchestrator);
        let versions: Vec<String> = keys
            .iter()
            .filter(|key| key.name == *name)
            .map(|key| key.version.to_string())
            .collect();
        if versions.is_empty() {
            "none".to_owned()
        } else {
            versions.join(", ")
        }
    }

    /// Returns the orchestrator versions that a worker runs by its match strategy.
    pub fn offered(&self, strategy: MatchStrategy, defaults: &DefaultVersions) -> Vec<CodeKey> {
        let keys = self.keys(FunctionKind::Orchestrator);
        keys.into_iter()
            .filter(|key| {
                let default = self.default_version(defaults, &key.name);
                match strategy {
                    MatchStrategy::None => true,
                    MatchStrategy::Strict => default == Some(key.version),
                    MatchStrategy::CurrentOrOlder => default.is_some_and(|default| key.version <= default),
                }
            })
            .collect()
    }
}
