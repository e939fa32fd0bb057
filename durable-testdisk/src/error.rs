//! What can go wrong.

use std::path::PathBuf;

/// Why the disk could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// SQLite has no file system of its own to put this one before.
    #[error("SQLite has no default file system")]
    NoSystem,
    /// SQLite did not take the file system.
    #[error("SQLite refused the file system, with code {0}")]
    Refused(i32),
    /// The power of this file was not cut, so nothing is known of what would be left.
    #[error("the power of `{}` was not cut", .0.display())]
    PowerIsOn(PathBuf),
    /// What is left could not be written.
    #[error("what is left cannot be written to `{}`", path.display())]
    Restore {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
