//! Why no version could be chosen.

use crate::failure::FailureDetails;
use crate::name::{NameError, WireName};
use crate::version::{Version, VersionError};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_fails_says_why() {
        let failure = FailureDetails::new(crate::FailureOrigin::Panic, "Panic", "no such currency");
        assert_eq!(
            PolicyError::Migration(failure).to_string(),
            "the input could not be migrated: Panic: no such currency"
        );
    }
}
