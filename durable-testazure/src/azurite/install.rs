//! Azurite from the npm registry.

use std::path::PathBuf;

use super::error::AzuriteError;
use crate::npm::NpmPackage;

const PACKAGE: NpmPackage = NpmPackage {
    name: "azurite",
    files: &[
        ("package.json", include_str!("../../azurite/package.json")),
        (
            "package-lock.json",
            include_str!("../../azurite/package-lock.json"),
        ),
        ("run.js", include_str!("../../azurite/run.js")),
    ],
    proof: "node_modules/azurite/dist/src/azurite.js",
};

/// The folder of an installed Azurite.
#[derive(Debug)]
pub(super) struct Installed(PathBuf);

impl Installed {
    /// The program for Node.js.
    pub(super) fn script(&self) -> PathBuf {
        self.0.join("run.js")
    }
}

/// Returns the installed Azurite, and installs it first if need be.
pub(super) fn installed() -> Result<Installed, AzuriteError> {
    Ok(Installed(PACKAGE.installed()?))
}

#[cfg(test)]
mod tests;
