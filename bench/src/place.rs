//! A folder for the files of one run.

use std::path::{Path, PathBuf};

use crate::arguments::Arguments;

/// A folder for the files of one run, removed with everything in it when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// Makes the folder, empty.
    pub(crate) fn make(arguments: &Arguments) -> std::io::Result<Self> {
        Ok(Self(fresh_folder(&arguments.folder)?))
    }

    /// Returns the path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left is removed by the next run of the same process number, or with the build's folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes an empty folder for one run.
pub(crate) fn fresh_folder(parent: &Path) -> std::io::Result<PathBuf> {
    let folder = parent.join(format!("run-{}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
