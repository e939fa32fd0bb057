//! Collecting the registrations, and refusing those that contradict each other.

use std::collections::BTreeMap;
use std::fmt;

use super::locks::Unregistered;
use super::{LockFile, Migration, Registration, Runner, SourcePlace};
use crate::activity::StateMap;
use crate::function::FunctionKind;
use crate::hub::CodeKey;
use crate::lock::{Key, LockError, LockedCall};
use crate::name::{NameError, WireName};
use crate::replay::Code;
use crate::version::Version;

type Versions = BTreeMap<Version, Registration>;

/// Every function and version that this binary can run, sorted by name and version.
///
/// ```
/// # use durable_core::registry::Registry;
/// let registry = Registry::collected()?;
/// for row in registry.rows() {
///     println!("{row:?}"); // orchestrator `checkout` version 2 at src/shop.rs:31:1
/// }
/// # Ok::<(), durable_core::registry::RegistryErrors>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    orchestrators: BTreeMap<WireName, Versions>,
    activities: BTreeMap<WireName, Versions>,
    migrations: Vec<Migration>,
}

/// Why the functions of a binary cannot stand together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// One version stands in two places.
    #[error(
        "{kind} `{name}` version {version} is defined twice: at {first} and at {second}; give one another name or version"
    )]
    Twice {
        /// Orchestrator or activity.
        kind: FunctionKind,
        /// The wire name.
        name: String,
        /// The version.
        version: Version,
        /// One place.
        first: SourcePlace,
        /// The other place.
        second: SourcePlace,
    },
    /// Two versions claim to be current.
    #[error(
        "{kind} `{name}` has two current versions: {first} at {first_place} and {second} at {second_place}; mark all but one `superseded`"
    )]
    TwoCurrent {
        /// Orchestrator or activity.
        kind: FunctionKind,
        /// The wire name.
        name: String,
        /// One version.
        first: Version,
        /// Where it stands.
        first_place: SourcePlace,
        /// The other version.
        second: Version,
        /// Where it stands.
        second_place: SourcePlace,
    },
    /// A wire name is malformed.
    #[error("at {place}: {source}")]
    Name {
        /// Where the function stands.
        place: SourcePlace,
        /// Why.
        source: NameError,
    },
    /// A released orchestrator calls another function or version than when it was released.
    #[error(
        "`{key}` at {place} was released calling {released}, and now calls {now}: running instances would not replay; write {pinned}"
    )]
    CalleeChanged {
        /// The orchestrator.
        key: Key,
        /// Where it stands.
        place: String,
        /// What was released.
        released: LockedCall,
        /// What stands there now.
        now: LockedCall,
        /// What to write.
        pinned: String,
    },
    /// The lock of a package cannot be read.
    #[error("the `durable.lock` of `{package}`: {source}")]
    Lock {
        /// The package.
        package: String,
        /// Why.
        source: LockError,
    },
    /// An activity asks for shared state that was not given.
    #[error(
        "activity `{name}` at {place} asks for shared state of type `{ty}`, which was not given; add `.state(..)`"
    )]
    MissingState {
        /// The activity.
        name: String,
        /// Where it stands.
        place: SourcePlace,
        /// The type.
        ty: &'static str,
    },
}

/// All that is wrong with the functions of a binary, in one error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryErrors(pub Vec<RegistryError>);

impl fmt::Display for RegistryErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for RegistryErrors {}

impl Registry {
    /// Collects what the macros registered anywhere in this binary, and compares it with what was released.
    pub fn collected() -> Result<Self, RegistryErrors> {
        let registry = Self::collected_where(|_| true)?;
        let (missing, errors) = registry.check_locks(inventory::iter::<LockFile>.into_iter().copied());
        for Unregistered { package, key } in missing {
            tracing::warn!(
                "`{key}` was released with `{package}`, and is not in this binary: it was deleted, left out by `cfg`, or \
                 dropped by the linker"
            );
        }
        if errors.is_empty() {
            Ok(registry)
        } else {
            Err(RegistryErrors(errors))
        }
    }

    /// Makes a registry of chosen functions, as a test or a second worker in one process may want.
    pub fn from_rows(
        rows: impl IntoIterator<Item = Registration>,
        migrations: impl IntoIterator<Item = Migration>,
    ) -> Result<Self, RegistryErrors> {
        let mut rows: Vec<Registration> = rows.into_iter().collect();
        // The linker's order is arbitrary; messages and choices must not be.
        rows.sort_by_key(|row| (row.kind(), row.name, row.version, row.place));
        let (mut registry, mut errors) = (Self::default(), Vec::new());
        for row in rows {
            if let Err(error) = registry.add(&row) {
                errors.push(error);
            }
        }
        registry.check_current(&mut errors);
        registry.migrations = migrations.into_iter().collect();
        registry
            .migrations
            .sort_by_key(|migration| (migration.from.name(), migration.to.name()));
        if errors.is_empty() {
            Ok(registry)
        } else {
            Err(RegistryErrors(errors))
        }
    }

    #[expect(clippy::result_large_err, reason = "made once per mistake, at start-up")]
    fn add(&mut self, row: &Registration) -> Result<(), RegistryError> {
        let name = WireName::new(row.name).map_err(|source| RegistryError::Name {
            place: row.place,
            source,
        })?;
        let versions = match row.kind() {
            FunctionKind::Orchestrator => self.orchestrators.entry(name).or_default(),
            FunctionKind::Activity => self.activities.entry(name).or_default(),
        };
        if let Some(first) = versions.get(&row.version) {
            return Err(RegistryError::Twice {
                kind: row.kind(),
                name: row.name.to_owned(),
                version: row.version,
                first: first.place,
                second: row.place,
            });
        }
        versions.insert(row.version, *row);
        Ok(())
    }

    fn check_current(&self, errors: &mut Vec<RegistryError>) {
        for versions in self.orchestrators.values().chain(self.activities.values()) {
            let current: Vec<&Registration> = versions.values().filter(|row| row.current).collect();
            if let [first, second, ..] = current.as_slice() {
                errors.push(RegistryError::TwoCurrent {
                    kind: first.kind(),
                    name: first.name.to_owned(),
                    first: first.version,
                    first_place: first.place,
                    second: second.version,
                    second_place: second.place,
                });
            }
        }
    }

    /// Collects the registered functions that `choose` accepts: one release of several in a binary, for example.
    pub fn collected_where(choose: impl Fn(&Registration) -> bool) -> Result<Self, RegistryErrors> {
        Self::from_rows(
            Registration::collected().filter(|row| choose(row)),
            inventory::iter::<Migration>.into_iter().copied(),
        )
    }

    /// Collects the functions that stand in a module or below it, found by the end of its path: `"release_1"`.
    ///
    /// A test binary that holds several releases, each in a module of its own, gets one of them:
    ///
    /// ```
    /// # use durable_core::registry::Registry;
    /// let release = Registry::collected_in("release_1")?; // shop::tests::release_1, shop::tests::release_1::checkout
    /// # Ok::<(), durable_core::registry::RegistryErrors>(())
    /// ```
    pub fn collected_in(module: &str) -> Result<Self, RegistryErrors> {
        Self::collected_where(|row| is_in(row.place.module, module))
    }

    /// Returns a registry with every row changed. Names, kinds and versions must stay.
    #[doc(hidden)]
    #[must_use]
    pub fn with_rows_changed(&self, change: impl Fn(Registration) -> Registration) -> Self {
        let mut changed = self.clone();
        let all = changed
            .orchestrators
            .values_mut()
            .chain(changed.activities.values_mut());
        all.flat_map(BTreeMap::values_mut)
            .for_each(|row| *row = change(*row));
        changed
    }

    /// Checks that every shared state that an activity's body names was given.
    pub fn check_states(&self, states: &StateMap) -> Result<(), RegistryErrors> {
        let rows = self.activities.values().flat_map(BTreeMap::values);
        let missing = rows.flat_map(|row| {
            row.states
                .iter()
                .filter(|ty| !states.has(ty))
                .map(move |ty| (row, ty))
        });
        let errors: Vec<RegistryError> = missing
            .map(|(row, ty)| RegistryError::MissingState {
                name: row.name.to_owned(),
                place: row.place,
                ty: ty.name(),
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(RegistryErrors(errors))
        }
    }

    /// Returns one version of a function.
    pub fn find(&self, kind: FunctionKind, name: &WireName, version: Version) -> Option<&Registration> {
        self.versions(kind, name)?.get(&version)
    }

    /// Returns the current version of a function.
    pub fn current(&self, kind: FunctionKind, name: &WireName) -> Option<&Registration> {
        self.versions(kind, name)?.values().find(|row| row.current)
    }

    /// Returns whether any version of a function is here.
    pub fn has_name(&self, kind: FunctionKind, name: &WireName) -> bool {
        self.versions(kind, name).is_some()
    }

    /// Returns the code of one version of an orchestrator.
    pub fn code(&self, name: &WireName, version: Version) -> Option<Code> {
        match self.find(FunctionKind::Orchestrator, name, version)?.runner {
            Runner::Orchestrator(runner) => Some(Code { version, runner }),
            Runner::Activity(_) => None,
        }
    }

    /// Returns every function, sorted by kind, name and version.
    pub fn rows(&self) -> impl Iterator<Item = &Registration> {
        self.orchestrators
            .values()
            .chain(self.activities.values())
            .flat_map(BTreeMap::values)
    }

    /// Returns what a worker of this binary offers of one kind.
    pub fn keys(&self, kind: FunctionKind) -> Vec<CodeKey> {
        let names = match kind {
            FunctionKind::Orchestrator => &self.orchestrators,
            FunctionKind::Activity => &self.activities,
        };
        names
            .iter()
            .flat_map(|(name, versions)| {
                versions.keys().map(|version| CodeKey {
                    name: name.clone(),
                    version: *version,
                })
            })
            .collect()
    }

    /// Returns the `#[migrate]` functions.
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    fn versions(&self, kind: FunctionKind, name: &WireName) -> Option<&Versions> {
        match kind {
            FunctionKind::Orchestrator => self.orchestrators.get(name),
            FunctionKind::Activity => self.activities.get(name),
        }
    }
}

/// Returns whether a path has these segments one after the other.
fn is_in(path: &str, module: &str) -> bool {
    let path: Vec<&str> = path.split("::").collect();
    let module: Vec<&str> = module.split("::").collect();
    path.windows(module.len()).any(|part| part == module)
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_module_is_found_by_whole_segments_of_its_path() {
        assert!(is_in("shop::tests::release_1", "release_1"));
        assert!(is_in("shop::tests::release_1::checkout", "tests::release_1"));
        assert!(!is_in("shop::tests::release_10", "release_1"));
        assert!(!is_in("shop", "shop::tests"));
    }
}
