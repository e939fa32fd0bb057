//! The locks of a program's packages. What they say, and what they become, is the program's own knowledge: it is asked.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::args::Select;
use crate::edit::Change;
use crate::error::Error;
use crate::program;
use crate::project::{Beside, Project};
use crate::version::Version;

/// What the program says of its packages' locks.
#[derive(Debug)]
pub(crate) struct Locks(pub(crate) Vec<PackageLock>);

/// The lock of one package.
#[derive(Debug)]
pub(crate) struct PackageLock {
    pub(crate) package: Beside,
    /// The path for people.
    pub(crate) shown: String,
    pub(crate) told: Told,
}

/// What the program says of one lock. Fields that are not needed are passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    package: String,
    pub(crate) functions: Vec<LockedFunction>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) added: Vec<Key>,
    pub(crate) accepted: Vec<Key>,
    pub(crate) pruned: Vec<Key>,
    pub(crate) before: Option<String>,
    after: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    packages: Vec<Told>,
}

/// Which version of which function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Key {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Key {
    /// Returns it as `checkout@1`.
    pub(crate) fn shown(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// A function of the program.
#[derive(Debug, Deserialize)]
pub(crate) struct LockedFunction {
    #[serde(flatten)]
    pub(crate) key: Key,
    pub(crate) current: bool,
    pub(crate) place: String,
    pub(crate) without_schema: Vec<Unknown>,
}

/// A payload whose recorded form is not known.
#[derive(Debug, Deserialize)]
pub(crate) struct Unknown {
    pub(crate) payload: String,
    pub(crate) r#type: String,
}

/// How the code differs from what was released.
#[derive(Debug, Deserialize)]
pub(crate) struct Difference {
    #[serde(flatten)]
    pub(crate) key: Key,
    pub(crate) what: String,
    pub(crate) text: String,
}

impl Difference {
    /// Returns whether the compiler accepts it.
    pub(crate) fn is_fine(&self) -> bool {
        matches!(self.what.as_str(), "unreleased" | "schema_gained")
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.what == "missing"
    }

    pub(crate) fn is_unreleased(&self) -> bool {
        self.what == "unreleased"
    }
}

impl Locks {
    /// Builds the program as if nothing was locked, and asks it, with what shall be done to the locks.
    pub(crate) fn ask(project: &Project, select: &Select, wanted: &[String]) -> Result<Self, Error> {
        let packages = project.beside()?;
        let mut arguments = vec!["lock".to_owned()];
        arguments.extend(packages.iter().map(|package| {
            let file = package.lock();
            format!("--file={}={}", package.name, file.display())
        }));
        arguments.extend_from_slice(wanted);
        let text = program::ask_unlocked(project, select, &arguments)?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| {
            Error::failed(
                format!("the program's answer to `durable lock` was not understood: {error}"),
                "the program must pass its arguments to `durable::App::run`, and be built with this version of `durable`",
            )
        })?;
        let mut locks = Vec::new();
        for told in answer.packages {
            let package = packages.iter().find(|package| package.name == told.package);
            let Some(package) = package.cloned() else { continue };
            let shown = project.shown(&package.lock());
            // A package that only might be in the program is none of its business, unless what it released is there.
            let moved = told.differences.iter().any(|own| !own.is_missing());
            if !told.functions.is_empty() || moved || package.dir == project.dir() {
                locks.push(PackageLock { package, shown, told });
            }
        }
        Ok(Self(locks))
    }

    /// Returns what differs, with the lock that says so.
    pub(crate) fn differences(&self) -> impl Iterator<Item = (&PackageLock, &Difference)> {
        self.0.iter().flat_map(|lock| {
            lock.told
                .differences
                .iter()
                .map(move |difference| (lock, difference))
        })
    }

    /// Returns the functions of the program.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &LockedFunction> {
        self.0.iter().flat_map(|lock| &lock.told.functions)
    }

    /// Returns the files that change.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let changed = self.0.iter().filter(|lock| {
            let told = &lock.told;
            !(told.added.is_empty() && told.accepted.is_empty() && told.pruned.is_empty())
        });
        changed
            .map(|lock| Change {
                path: lock.package.lock(),
                shown: lock.shown.clone(),
                before: lock.told.before.clone(),
                after: with_line_ends_of(lock.told.before.as_deref(), &lock.told.after),
            })
            .collect()
    }
}

/// Returns the text with the line ends of the file: a checkout may have given it those of Windows.
fn with_line_ends_of(before: Option<&str>, after: &str) -> String {
    if before.is_some_and(|before| before.contains("\r\n")) {
        after.replace('\n', "\r\n")
    } else {
        after.to_owned()
    }
}

/// Returns keys as people read them, by their kinds: `orchestrator checkout@1; activities charge@1, ship@1`.
pub(crate) fn listed<'a>(keys: impl IntoIterator<Item = &'a Key>) -> String {
    let keys: Vec<&Key> = keys.into_iter().collect();
    let mut parts = Vec::new();
    for (kind, one, several) in [
        ("orchestrator", "orchestrator", "orchestrators"),
        ("activity", "activity", "activities"),
    ] {
        let own: BTreeSet<String> = keys
            .iter()
            .filter(|key| key.kind == kind)
            .map(|key| key.shown())
            .collect();
        let noun = if own.len() == 1 { one } else { several };
        if !own.is_empty() {
            parts.push(format!(
                "{noun} {}",
                own.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    parts.join("; ")
}

/// Returns what a lock's text has of a version: its first line, and the facts below it.
pub(crate) fn stanza_of(text: &str, name: &str, version: Version) -> Option<String> {
    let is_it = |line: &str| {
        let mut words = line.split(' ').skip(1);
        words.next() == Some(name) && words.next().and_then(Version::parse) == Some(version)
    };
    let mut lines = text
        .lines()
        .skip_while(|line| line.starts_with([' ', '#']) || !is_it(line));
    let first = lines.next()?;
    let facts = lines.take_while(|line| line.starts_with("  "));
    Some(std::iter::once(first).chain(facts).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "# of a version\nformat 1\n\norchestrator checkout 11\n  body fp1:1\n\norchestrator checkout 2.1\n  \
                        body fp1:2\n  call activity charge 1\n\nactivity charge 1\n  input -\n";

    #[test]
    fn a_stanza_is_found_by_its_name_and_version() {
        let found = |name, version| stanza_of(LOCK, name, Version::parse(version).expect("a version"));
        assert_eq!(found("checkout", "1"), None);
        assert_eq!(
            found("checkout", "2.1.0").as_deref(),
            Some("orchestrator checkout 2.1\n  body fp1:2\n  call activity charge 1")
        );
        assert_eq!(
            found("charge", "1").as_deref(),
            Some("activity charge 1\n  input -")
        );
        assert_eq!(found("a", "1"), None);
    }
}
