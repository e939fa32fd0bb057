//! Version policy: which version a start gets, and which versions a worker runs.

use std::collections::BTreeMap;

use super::migrate::convert;
use super::{Registration, Registry, TypeInfo};
use crate::failure::FailureDetails;
use crate::function::{FunctionKind, NamesOrchestrator};
use crate::hub::CodeKey;
use crate::name::{NameError, WireName};
use crate::payload::Payload;
use crate::version::{Version, VersionError};

/// The environment variable that names the default version of every orchestrator.
pub const DEFAULT_VERSION_VARIABLE: &str = "DURABLE_DEFAULT_VERSION";

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

/// Which version a start gets that asks for none.
///
/// ```
/// # use durable_core::registry::DefaultVersions;
/// # use durable_core::Failure;
/// let configured = DefaultVersions::new().of("checkout", "1".parse()?); // or by its handle: `.of(checkout, ..)`
/// // The environment is stronger: what a program reads from `std::env::vars()`.
/// let environment = [("DURABLE_DEFAULT_VERSION_CHECKOUT".to_owned(), "2".to_owned())];
/// let in_force = configured.overridden_by(environment)?;
/// assert_eq!(in_force.get(&"checkout".parse()?), Some("2".parse()?));
/// # Ok::<(), Failure>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefaultVersions {
    all: Option<Version>,
    by_name: BTreeMap<WireName, Version>,
    /// By the form that names have in variables, which several names may share.
    by_variable: BTreeMap<String, Version>,
    bad_name: Option<NameError>,
}

/// Why no version could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// An environment variable is no version.
    #[error("the environment variable `{variable}`: {source}")]
    Variable {
        /// The variable.
        variable: String,
        /// Why.
        source: VersionError,
    },
    /// An environment variable could mean either of two orchestrators.
    #[error(
        "the environment variable `{variable}` could mean orchestrator `{first}` or `{second}`: \
         set their default versions in the code, with `DefaultVersions::of`"
    )]
    Ambiguous {
        /// The variable.
        variable: String,
        /// One orchestrator.
        first: WireName,
        /// The other.
        second: WireName,
    },
    /// A default version was set for a name that is none.
    #[error("a default version is set for a name that is none: {0}")]
    Name(#[from] NameError),
    /// The chosen version is not in this binary.
    #[error(
        "orchestrator `{name}` has no version {version} in this binary (it has {available}); {chosen_by} chose it"
    )]
    Missing {
        /// The orchestrator.
        name: WireName,
        /// The version chosen.
        version: Version,
        /// The versions there are.
        available: String,
        /// Who chose.
        chosen_by: &'static str,
    },
    /// The handle's types and the chosen version's types are not recorded alike.
    #[error(
        "orchestrator `{name}` cannot be started as version {chosen} through a handle of version {handle}: \
         the {field} types `{chosen_type}` and `{handle_type}` are not recorded alike; \
         derive `DurableSchema` for both, {}or start with `{name}_v{mangled}`",
        // Migrations lead from input to input.
        if *field == "input" { "write a `#[migrate]` function, " } else { "" }
    )]
    Types {
        /// The orchestrator.
        name: WireName,
        /// The handle's version.
        handle: Version,
        /// The version chosen.
        chosen: Version,
        /// Input, output or error.
        field: &'static str,
        /// The handle's type.
        handle_type: &'static str,
        /// The chosen version's type.
        chosen_type: &'static str,
        /// The chosen version as it stands in a handle's name.
        mangled: String,
    },
    /// An instance that has not begun was to be moved to a version that does not read its input.
    #[error(
        "orchestrator `{name}` cannot be moved from version {from} to version {to} before its first turn: \
         the input types `{from_type}` and `{to_type}` are not recorded alike"
    )]
    MovedInput {
        /// The orchestrator.
        name: WireName,
        /// The version it is on.
        from: Version,
        /// The version wanted.
        to: Version,
        /// The input type of the one.
        from_type: &'static str,
        /// The input type of the other.
        to_type: &'static str,
    },
    /// A `#[migrate]` function failed.
    #[error("the input could not be migrated: {0}")]
    Migration(FailureDetails),
}

impl DefaultVersions {
    /// Chooses nothing: starts get the current version.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the default of every orchestrator.
    #[must_use]
    pub fn all(mut self, version: Version) -> Self {
        self.all = Some(version);
        self
    }

    /// Sets the default of one orchestrator: `.of(checkout, version)`, `.of("checkout", version)`.
    ///
    /// A text that is no name is an error of whoever uses the defaults.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a handle is a function: passing it by value reads best"
    )]
    pub fn of<Way>(mut self, orchestrator: impl NamesOrchestrator<Way>, version: Version) -> Self {
        match orchestrator.to_wire_name() {
            Ok(name) => drop(self.by_name.insert(name, version)),
            Err(error) => self.bad_name = self.bad_name.or(Some(error)),
        }
        self
    }

    /// Lets `DURABLE_DEFAULT_VERSION` and `DURABLE_DEFAULT_VERSION_<NAME>` override what is set.
    ///
    /// In `<NAME>` every letter is a capital and every other character than a letter or digit is `_`. A variable that
    /// fits two orchestrators is refused by [`Registry::check_defaults`].
    pub fn overridden_by(
        mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, PolicyError> {
        for (variable, value) in variables {
            let Some(rest) = variable.strip_prefix(DEFAULT_VERSION_VARIABLE) else {
                continue;
            };
            let name = match rest.strip_prefix('_') {
                Some(name) => Some(name),
                None if rest.is_empty() => None,
                None => continue,
            };
            let version = Version::new(value.trim()).map_err(|source| PolicyError::Variable {
                variable: variable.clone(),
                source,
            })?;
            match name {
                Some(name) => drop(self.by_variable.insert(variable_part(name), version)),
                None => self.all = Some(version),
            }
        }
        Ok(self)
    }

    /// Returns the default of one orchestrator, if one is set: by its variable, else by its name, else for all.
    pub fn get(&self, name: &WireName) -> Option<Version> {
        self.by_variable
            .get(&variable_part(name.as_str()))
            .or_else(|| self.by_name.get(name))
            .copied()
            .or(self.all)
    }
}

fn variable_part(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
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
    /// Checks that every default version is set for a name, and that no variable fits two orchestrators of this binary.
    pub fn check_defaults(&self, defaults: &DefaultVersions) -> Result<(), PolicyError> {
        if let Some(error) = &defaults.bad_name {
            return Err(error.clone().into());
        }
        let keys = self.keys(FunctionKind::Orchestrator);
        for part in defaults.by_variable.keys() {
            let mut fitting = keys
                .iter()
                .map(|key| &key.name)
                .filter(|name| variable_part(name.as_str()) == *part);
            let first = fitting.next();
            // The versions of one orchestrator share a name.
            if let Some(first) = first
                && let Some(second) = fitting.find(|name| *name != first)
            {
                return Err(PolicyError::Ambiguous {
                    variable: format!("{DEFAULT_VERSION_VARIABLE}_{part}"),
                    first: first.clone(),
                    second: second.clone(),
                });
            }
        }
        Ok(())
    }

    /// Returns the default version of an orchestrator: the configured one, else the current one.
    pub fn default_version(&self, defaults: &DefaultVersions, name: &WireName) -> Option<Version> {
        defaults.get(name).or_else(|| {
            self.current(FunctionKind::Orchestrator, name)
                .map(|row| row.version)
        })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_override_the_configuration_and_names_override_all() {
        let name = WireName::new("check-out").unwrap();
        let defaults = DefaultVersions::new().of(&name, Version::new("1").unwrap());
        let variables = [("DURABLE_DEFAULT_VERSION".to_owned(), "3".to_owned())];
        let defaults = defaults.overridden_by(variables).unwrap();
        assert_eq!(defaults.get(&name).unwrap().to_string(), "1");
        let variables = [("DURABLE_DEFAULT_VERSION_CHECK_OUT".to_owned(), "2.1".to_owned())];
        let defaults = defaults.overridden_by(variables).unwrap();
        assert_eq!(defaults.get(&name).unwrap().to_string(), "2.1");
        assert_eq!(
            defaults
                .get(&WireName::new("other").unwrap())
                .unwrap()
                .to_string(),
            "3"
        );
    }

    #[test]
    fn a_configured_default_is_of_exactly_that_name() {
        let [dash, low] = ["a-b", "a_b"].map(|name| WireName::new(name).unwrap());
        let defaults = DefaultVersions::new().of("a-b", Version::new("2").unwrap());
        assert_eq!(defaults.get(&dash), Some(Version::new("2").unwrap()));
        assert_eq!(defaults.get(&low), None);
    }

    #[test]
    fn a_default_of_a_text_that_is_no_name_is_refused() {
        let defaults = DefaultVersions::new().of("check out", Version::ONE);
        let refused = Registry::default().check_defaults(&defaults).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a default version is set for a name that is none: the function name `check out` has ' ' at byte 5; \
             allowed: a letter or `_`, then letters, digits, `_`, `.` and `-`"
        );
    }

    #[test]
    fn a_migration_that_fails_says_why() {
        let failure = FailureDetails::new(crate::FailureOrigin::Panic, "Panic", "no such currency");
        assert_eq!(
            PolicyError::Migration(failure).to_string(),
            "the input could not be migrated: Panic: no such currency"
        );
    }

    #[test]
    fn a_malformed_variable_is_named() {
        let variables = [("DURABLE_DEFAULT_VERSION".to_owned(), "two".to_owned())];
        let error = DefaultVersions::new()
            .overridden_by(variables)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the environment variable `DURABLE_DEFAULT_VERSION`: `two` is not a version"),
            "{error}"
        );
    }
}
