//! What the locks of the binary's packages say of the functions that are here.

use super::{Registry, RegistryError};
use crate::lock::{Key, Lock, LockedCall, Manifest, What};

/// The lock of one package, as `durable::lock!()` found it when the package was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockFile {
    /// The package.
    pub package: Option<&'static str>,
    /// The file's text.
    pub text: &'static str,
}

inventory::collect!(LockFile);

/// A released version that this binary does not have: deleted, left out by `cfg`, or dropped by the linker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unregistered {
    /// The package whose lock names it.
    pub package: String,
    /// The version.
    pub key: Key,
}

impl Registry {
    /// Compares the registered functions with the locks of their packages.
    ///
    /// A released orchestrator whose calls stand for other versions now is an error; a released version that is not here
    /// is returned, since what it means depends on the instances that live.
    pub fn check_locks(
        &self,
        locks: impl IntoIterator<Item = LockFile>,
    ) -> (Vec<Unregistered>, Vec<RegistryError>) {
        let manifest = Manifest::of(self);
        let (mut missing, mut errors) = (Vec::new(), Vec::new());
        let mut locks: Vec<LockFile> = locks.into_iter().collect();
        // A library and a binary of one package may both bring it.
        locks.sort_by_key(|lock| (lock.package, lock.text));
        locks.dedup();
        for file in locks {
            let package = file.package.unwrap_or("this package").to_owned();
            match file.text.parse::<Lock>() {
                Ok(lock) => check(&manifest, &lock, &package, &mut missing, &mut errors),
                Err(source) => errors.push(RegistryError::Lock { package, source }),
            }
        }
        (missing, errors)
    }
}

fn check(
    manifest: &Manifest,
    lock: &Lock,
    package: &str,
    missing: &mut Vec<Unregistered>,
    errors: &mut Vec<RegistryError>,
) {
    for (key, entry) in lock.entries() {
        let Some(function) = manifest.functions.iter().find(|function| function.key == *key) else {
            missing.push(Unregistered {
                package: package.to_owned(),
                key: key.clone(),
            });
            continue;
        };
        let now = function.entry().calls;
        for what in entry.compare_calls(&now) {
            if let What::Callee { released, now } = what {
                errors.push(RegistryError::CalleeChanged {
                    key: key.clone(),
                    place: function.place.clone(),
                    pinned: pinned(&released),
                    released,
                    now,
                });
            }
        }
    }
}

/// Returns the handle to write for a released call.
fn pinned(released: &LockedCall) -> String {
    match released {
        LockedCall::Function(key) => format!(
            "the handle of version {}, `.._v{}`",
            key.version,
            key.version.mangled()
        ),
        LockedCall::Other(path) => format!("`{path}`"),
    }
}
