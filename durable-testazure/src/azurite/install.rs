//! Azurite from the npm registry, installed once for all tests of the workspace.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::AzuriteError;

/// What goes into the folder. The lock file names no host, so that npm asks the registry of its own configuration.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../azurite/package.json")),
    (
        "package-lock.json",
        include_str!("../../azurite/package-lock.json"),
    ),
    ("run.js", include_str!("../../azurite/run.js")),
];

/// Written last, so that a folder without it, or with another text, is known to be half done or old.
const MARK: &str = "installed";

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
    install(&target_folder()?.join("durable-testazure"), OsStr::new("npm"))
}

/// Installs into `folder/azurite` unless that is done. Others who want the same wait meanwhile.
fn install(folder: &Path, npm: &OsStr) -> Result<Installed, AzuriteError> {
    fs::create_dir_all(folder)?;
    // The system unlocks it when this process ends in any way.
    let lock = File::create(folder.join("azurite.lock"))?;
    lock.lock()?;
    let place = folder.join("azurite");
    if !is_whole(&place) {
        fill(&place, npm)?;
    }
    Ok(Installed(place))
}

fn is_whole(place: &Path) -> bool {
    fs::read_to_string(place.join(MARK)).is_ok_and(|mark| mark == expected_mark())
        && FILES
            .iter()
            .all(|(name, text)| fs::read_to_string(place.join(name)).is_ok_and(|found| found == *text))
        && place.join("node_modules/azurite/dist/src/azurite.js").is_file()
}

/// All that was installed, as a text to compare.
fn expected_mark() -> String {
    FILES.iter().map(|(_, text)| *text).collect()
}

fn fill(place: &Path, npm: &OsStr) -> Result<(), AzuriteError> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    fs::create_dir_all(place)?;
    for (name, text) in FILES {
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
            ErrorKind::NotFound => AzuriteError::NpmMissing,
            _ => error.into(),
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(AzuriteError::Install(said));
    }
    fs::write(place.join(MARK), expected_mark())?;
    Ok(())
}

/// Asks cargo, since a test may be a program anywhere: those of documentation are in a temporary folder.
fn target_folder() -> Result<PathBuf, AzuriteError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| AzuriteError::TargetFolder(error.to_string()))?;
    let said = || AzuriteError::TargetFolder(String::from_utf8_lossy(&output.stderr).into_owned());
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|_| said())?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(said)
}

#[cfg(test)]
mod tests;
