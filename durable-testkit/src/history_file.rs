//! Histories in files: kept from production, replayed in tests against the code of today.

use std::path::{Path, PathBuf};

use durable_core::history::{Event, EventKind, MarkerKind};
use durable_core::hub::LoadedHistory;
use durable_core::registry::Registry;
use durable_core::replay::{Execution, Halt};
use durable_core::{RecordedVersion, Version, WireName};
use serde::{Deserialize, Serialize};

/// The version of the file's form that this release writes.
const FORMAT: u32 = 1;

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

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    history: LoadedHistory,
}

/// Writes a history to a file, as `client.instance(id)?.history()` returned it.
pub fn write_history(path: impl AsRef<Path>, history: &LoadedHistory) -> Result<(), HistoryFileError> {
    let path = path.as_ref();
    let file = File {
        format: FORMAT,
        history: history.clone(),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|source| HistoryFileError::Content {
        path: path.to_owned(),
        source,
    })?;
    std::fs::write(path, text).map_err(|source| HistoryFileError::File {
        path: path.to_owned(),
        source,
    })
}

/// Reads a history from a file.
pub fn read_history(path: impl AsRef<Path>) -> Result<LoadedHistory, HistoryFileError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }

    let path = path.as_ref();
    let content = |source| HistoryFileError::Content {
        path: path.to_owned(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(|source| HistoryFileError::File {
        path: path.to_owned(),
        source,
    })?;
    // The format first: a later one may hold events that this release cannot read.
    let Head { format: found } = serde_json::from_str(&text).map_err(content)?;
    if found > FORMAT {
        return Err(HistoryFileError::Newer {
            path: path.to_owned(),
            found,
        });
    }
    Ok(serde_json::from_str::<File>(&text).map_err(content)?.history)
}

/// Replays a history on the code of the version that it is on.
///
/// ```no_run
/// # use durable_core::registry::Registry;
/// let history = durable_testkit::read_history("tests/histories/order-42.json")?;
/// durable_testkit::replay_history(&history, &Registry::collected()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replay_history(history: &LoadedHistory, registry: &Registry) -> Result<(), HistoryFileError> {
    let version =
        version_of(&history.events).ok_or(HistoryFileError::Incomplete("in which version it ran"))?;
    replay_history_on(history, registry, version)
}

/// Replays a history on the code of another version: what a move of the instance would do first.
pub fn replay_history_on(
    history: &LoadedHistory,
    registry: &Registry,
    version: Version,
) -> Result<(), HistoryFileError> {
    let name = history.events.iter().find_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(started.name.clone()),
        _ => None,
    });
    let name = name.ok_or(HistoryFileError::Incomplete("which orchestrator ran"))?;
    let code = registry
        .code(&name, version)
        .ok_or(HistoryFileError::MissingCode { name, version })?;
    Execution::load(code, &history.events)?;
    Ok(())
}

/// Returns the version in force at the end of a history.
fn version_of(events: &[Event]) -> Option<Version> {
    let mut changes = events.iter().rev().filter_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(started.version.clone()),
        EventKind::ExecutionRewound { version, .. } => Some(version.clone()),
        EventKind::Marker(marker)
            if matches!(marker.kind, MarkerKind::Moved | MarkerKind::VersionResolved) =>
        {
            serde_json::from_str::<RecordedVersion>(&marker.data).ok()
        }
        _ => None,
    });
    changes.find_map(|version| version.known())
}
