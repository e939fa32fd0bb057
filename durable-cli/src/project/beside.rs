//! The packages whose durable functions may be in a program: its own, and those that it depends on by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Package};

use super::{Project, metadata, uses_durable};
use crate::error::Error;

/// A package with a lock of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
}

impl Beside {
    /// Returns where its lock is.
    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join("durable.lock")
    }
}

impl Project {
    /// Returns the package itself and all that it depends on by path and that use `durable`, each once.
    pub(crate) fn beside(&self) -> Result<Vec<Beside>, Error> {
        let mut found = Vec::new();
        self.collect(self.package(), &mut BTreeSet::new(), &mut found)?;
        Ok(found)
    }

    fn collect(
        &self,
        package: &Package,
        seen: &mut BTreeSet<PathBuf>,
        found: &mut Vec<Beside>,
    ) -> Result<(), Error> {
        let manifest = package.manifest_path.as_std_path();
        if !seen.insert(manifest.to_path_buf()) {
            return Ok(());
        }
        if uses_durable(package) {
            found.push(Beside {
                name: package.name.to_string(),
                dir: manifest.parent().unwrap_or(Path::new("")).to_path_buf(),
            });
        }
        for dependency in &package.dependencies {
            let (Some(dir), DependencyKind::Normal) = (&dependency.path, dependency.kind) else {
                continue;
            };
            // The facade itself has no functions.
            if dependency.name != "durable" {
                self.follow(dir.join("Cargo.toml").as_std_path(), seen, found)?;
            }
        }
        Ok(())
    }

    fn follow(
        &self,
        manifest: &Path,
        seen: &mut BTreeSet<PathBuf>,
        found: &mut Vec<Beside>,
    ) -> Result<(), Error> {
        let is_it = |package: &&Package| package.manifest_path == *manifest;
        if let Some(member) = self.members().into_iter().find(is_it) {
            return self.collect(member, seen, found);
        }
        let foreign = metadata(Some(manifest))?;
        match foreign.packages.iter().find(is_it) {
            Some(package) => self.collect(package, seen, found),
            None => Ok(()),
        }
    }
}
