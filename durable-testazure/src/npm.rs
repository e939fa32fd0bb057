//! Packages of the npm registry, installed once for all tests of the workspace.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Written last, so that a folder without it, or with another text, is known to be half done or old.
const MARK: &str = "installed";

/// What is installed together.
#[derive(Debug, Clone, Copy)]
pub struct NpmPackage {
    /// The name of its folder.
    pub name: &'static str,
    /// What goes into the folder: `package.json`, `package-lock.json`, and scripts. The lock file names no host, so that npm asks
    /// the registry of its own configuration.
    pub files: &'static [(&'static str, &'static str)],
    /// A file that is there once it is installed.
    pub proof: &'static str,
}

/// Why a package could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpmError {
    /// There is no npm.
    #[error("npm is missing")]
    Missing,
    /// npm has failed.
    #[error("npm could not install it:\n{0}")]
    Failed(String),
    /// The workspace's target folder is unknown.
    #[error("cargo does not tell where the target folder is: {0}")]
    TargetFolder(String),
    /// The system refused something.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl NpmPackage {
    /// Returns the folder of the installed package, and installs it first if need be. Others who want the same wait meanwhile.
    pub fn installed(&self) -> Result<PathBuf, NpmError> {
        self.install(&target_folder()?.join("durable-testazure"), OsStr::new("npm"))
    }

    /// Installs into a folder of its name below `folder` unless that is done.
    pub(crate) fn install(&self, folder: &Path, npm: &OsStr) -> Result<PathBuf, NpmError> {
        fs::create_dir_all(folder)?;
        // The system unlocks it when this process ends in any way.
        let lock = File::create(folder.join(format!("{}.lock", self.name)))?;
        lock.lock()?;
        let place = folder.join(self.name);
        if !self.is_whole(&place) {
            self.fill(&place, npm)?;
        }
        Ok(place)
    }

    fn is_whole(&self, place: &Path) -> bool {
        fs::read_to_string(place.join(MARK)).is_ok_and(|mark| mark == self.expected_mark())
            && self
                .files
                .iter()
                .all(|(name, text)| fs::read_to_string(place.join(name)).is_ok_and(|found| found == *text))
            && place.join(self.proof).is_file()
    }

    /// All that was installed, as a text to compare.
    fn expected_mark(&self) -> String {
        self.files.iter().map(|(_, text)| *text).collect()
    }

    fn fill(&self, place: &Path, npm: &OsStr) -> Result<(), NpmError> {
        match fs::remove_dir_all(place) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(place)?;
        for (name, text) in self.files {
            fs::write(place.join(name), text)?;
        }
        // No package of the lock file has a script that it needs, and none shall run.
        let output = Command::new(npm)
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefer-offline",
            ])
            .current_dir(place)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => NpmError::Missing,
                _ => error.into(),
            })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(NpmError::Failed(said));
        }
        fs::write(place.join(MARK), self.expected_mark())?;
        Ok(())
    }
}

/// Asks cargo, since a test may be a program anywhere: those of documentation are in a temporary folder.
fn target_folder() -> Result<PathBuf, NpmError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| NpmError::TargetFolder(error.to_string()))?;
    let said = || NpmError::TargetFolder(String::from_utf8_lossy(&output.stderr).into_owned());
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|_| said())?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(said)
}
