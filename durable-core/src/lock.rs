//! `durable.lock`: what was released of each version of a function, so that an edit of it is noticed.
//!
//! `docs/durable-lock.md` is the specification of the file. The macros read it at compile time by a parser of their own;
//! a test in `ui-tests` holds both against the same file.

mod compare;
mod entry;
mod manifest;
mod parse;
mod render;
mod update;

pub use compare::{Difference, What};
pub use entry::{Accepted, Entry, Form, Key, LockedCall, LockedHelper};
pub use manifest::{Manifest, ManifestCallee, ManifestForm, ManifestFunction, ManifestHelper};
pub use parse::LockError;
pub use update::UnknownFunction;

use std::collections::BTreeMap;

/// The released versions of a package's durable functions.
///
/// ```
/// use durable_core::lock::Lock;
/// let lock: Lock = "format 1\n\nactivity charge 1\n  input -\n  output -\n  error -\n".parse()?;
/// assert_eq!(lock.entries().count(), 1);
/// assert_eq!(lock.to_string().parse::<Lock>()?, lock);
/// # Ok::<(), durable_core::lock::LockError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<Key, Entry>,
}

impl Lock {
    /// Returns what was released, sorted by kind, name and version.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// Returns what was released of one version.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Takes a version out, once no instance can need it and its code is deleted.
    pub fn prune(&mut self, key: &Key) -> Option<Entry> {
        self.entries.remove(key)
    }
}
