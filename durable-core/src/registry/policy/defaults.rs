//! Default versions, by the program and by its environment.

use std::collections::BTreeMap;

use super::PolicyError;
use crate::function::{FunctionKind, NamesOrchestrator};
use crate::name::{NameError, WireName};
use crate::registry::Registry;
use crate::version::Version;

/// The environment variable that names the default version of every orchestrator.
pub const DEFAULT_VERSION_VARIABLE: &str = "DURABLE_DEFAULT_VERSION";

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
    pub(super) bad_name: Option<NameError>,
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
