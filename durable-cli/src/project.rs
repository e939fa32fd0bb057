//! The package and the binary that a command is about.

mod beside;
mod choice;

pub(crate) use beside::Beside;
pub(crate) use choice::{facade, uses_durable};

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::args::Select;
use crate::error::Error;

/// A package, as cargo knows it.
#[derive(Debug)]
pub(crate) struct Project {
    metadata: Metadata,
    package: Package,
}

impl Project {
    /// Finds the package that the options name, or the one of the current directory.
    pub(crate) fn find(select: &Select) -> Result<Self, Error> {
        let metadata = metadata(select.manifest_path.as_deref())?;
        let here = match &select.manifest_path {
            Some(path) => path.parent().map(Path::to_path_buf),
            None => std::env::current_dir().ok(),
        };
        let here = here
            .and_then(|here| std::path::absolute(here).ok())
            .unwrap_or_default();
        let package = choice::package(&metadata, select.package.as_deref(), &here)?.clone();
        Ok(Self { metadata, package })
    }

    pub(crate) fn package(&self) -> &Package {
        &self.package
    }

    /// Returns the folder of the package.
    pub(crate) fn dir(&self) -> PathBuf {
        self.package
            .manifest_path
            .parent()
            .map_or_else(PathBuf::new, |dir| dir.as_std_path().to_path_buf())
    }

    pub(crate) fn target_dir(&self) -> PathBuf {
        self.metadata.target_directory.as_std_path().to_path_buf()
    }

    /// Returns the folder of the workspace, from which the compiler names files.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Returns the packages of the workspace.
    pub(crate) fn members(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }

    pub(crate) fn has_several_binaries(&self) -> bool {
        choice::binaries(&self.package).len() > 1
    }

    /// Returns the binary to run.
    pub(crate) fn binary(&self, select: &Select) -> Result<&str, Error> {
        choice::binary(&self.package, select.bin.as_deref())
    }

    /// Returns the package's manifest, for people.
    pub(crate) fn shown_manifest(&self) -> String {
        self.shown(self.package.manifest_path.as_std_path())
    }

    /// Shortens a path for people: relative to the current directory if it lies below.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let root = self.root();
        let here = std::env::current_dir().unwrap_or_default();
        let short = path.strip_prefix(here).or_else(|_| path.strip_prefix(root));
        short.unwrap_or(path).display().to_string()
    }
}

/// Asks cargo about a workspace, without resolving dependencies: fast, and without the network.
pub(crate) fn metadata(manifest: Option<&Path>) -> Result<Metadata, Error> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    command.exec().map_err(|error| {
        let text = match error {
            cargo_metadata::Error::CargoMetadata { stderr } => {
                stderr.trim().trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        };
        Error::failed(
            format!("cargo does not know the package: {text}"),
            "run it in the folder of a package, or give `--manifest-path path/to/Cargo.toml`",
        )
    })
}
