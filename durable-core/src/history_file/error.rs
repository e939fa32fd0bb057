//! Why a history could not be kept, read or replayed.

use std::path::{Path, PathBuf};

use super::FORMAT;
use crate::hub::HubError;
use crate::name::WireName;
use crate::replay::Halt;
use crate::version::Version;

/// Why a history could not be kept, read or replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryFileError {
    /// The file could not be read or written.
    #[error("the history file `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a history.
    #[error("the history file `{}` is not a history: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The file was written by a later release.
    #[error("the history file `{}` has format {found}; this release reads up to {FORMAT}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The folder of an export has other files in it, or those of another hub.
    #[error("nothing is exported to `{}`: {why}", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What is in it, and what to do.
        why: String,
    },
    /// The folder holds an export that did not come to its end.
    #[error("the export in `{}` did not come to its end, so histories are missing: repeat it with `--replace`", path.display())]
    CutShort {
        /// The folder.
        path: PathBuf,
    },
    /// The hub could not be read.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The history does not say which orchestrator ran, or in which version.
    #[error("the history does not say {0}")]
    Incomplete(&'static str),
    /// The registry lacks the code.
    #[error("there is no orchestrator `{name}` version {version} to replay the history on")]
    MissingCode {
        /// The orchestrator.
        name: WireName,
        /// The version.
        version: Version,
    },
    /// The code does not make the recorded steps.
    #[error(transparent)]
    Diverged(#[from] Halt),
}

impl HistoryFileError {
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn content(path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        |source| Self::Content {
            path: path.to_owned(),
            source,
        }
    }
}
