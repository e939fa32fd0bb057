//! Why the emulator does not run.

use std::fmt;
use std::io;

use super::shared::SWITCH;
use crate::npm::NpmError;

/// Why the emulator could not be installed, started or reached.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum AzuriteError {
    /// There is no npm to install it with.
    #[error(
        "npm is missing. Tests of the Azure Storage hub start the emulator Azurite, which npm installs: install Node.js \
         with npm, or set {SWITCH}=off to leave these tests out"
    )]
    NpmMissing,
    /// There is no Node.js to run it.
    #[error(
        "node is missing. Tests of the Azure Storage hub start the emulator Azurite, which Node.js runs: install \
         Node.js with npm, or set {SWITCH}=off to leave these tests out"
    )]
    NodeMissing,
    /// npm has failed.
    #[error(
        "npm could not install Azurite; set {SWITCH}=off to leave tests of the Azure Storage hub out:\n{0}"
    )]
    Install(String),
    /// The workspace's target folder is unknown.
    #[error("cargo does not tell where the target folder is: {0}")]
    TargetFolder(String),
    /// It ended, or said nothing, before it answered.
    #[error("Azurite did not start: {0}")]
    Start(String),
    /// It has been stopped or killed.
    #[error("Azurite does not run")]
    Ended,
    /// It was started already.
    #[error("Azurite runs already")]
    Running,
    /// The variable that leaves the tests out has a value that says nothing.
    #[error(
        "{SWITCH} is `{0}`; `off` leaves tests of the Azure Storage hub out, and there is no other value"
    )]
    Switch(String),
    /// The system refused something.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<NpmError> for AzuriteError {
    fn from(error: NpmError) -> Self {
        match error {
            NpmError::Missing => Self::NpmMissing,
            NpmError::Failed(said) => Self::Install(said),
            NpmError::TargetFolder(said) => Self::TargetFolder(said),
            NpmError::Io(error) => Self::Io(error),
        }
    }
}

/// A failed test shows this form, and the sentence is what its reader needs.
impl fmt::Debug for AzuriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
