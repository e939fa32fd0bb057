//! Histories in files: kept from production, replayed on the code of today.
//!
//! A file is JSON: `format`, `history` and, if an instance was exported, `record`: what the hub knew of it. Payloads are
//! in there as they were recorded, and may be confidential.

mod error;
mod export;
mod import;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::HistoryFileError;
pub(crate) use export::files_in;
pub use export::{ExportOptions, Exported, INDEX, export};
pub use import::{ImportError, Imported, Obstacle, import};

use crate::history::{Event, EventKind, ExecutionStarted, MarkerKind};
use crate::hub::{InstanceRecord, LoadedHistory};
use crate::registry::Registry;
use crate::replay::Execution;
use crate::version::{RecordedVersion, Version};

/// The version of the file's form that this release writes.
const FORMAT: u32 = 1;

/// What a history file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptHistory {
    /// What the hub knew of the instance, if it was exported from one.
    pub record: Option<InstanceRecord>,
    /// The history.
    pub history: LoadedHistory,
}

#[derive(Deserialize)]
struct Content {
    record: Option<InstanceRecord>,
    history: LoadedHistory,
}

#[derive(Serialize)]
struct ContentRef<'a> {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a InstanceRecord>,
    history: &'a LoadedHistory,
}

/// Writes a history to a file, as `client.instance(id)?.history()` returned it.
pub fn write_history(path: impl AsRef<Path>, history: &LoadedHistory) -> Result<(), HistoryFileError> {
    write(path.as_ref(), None, history)
}

fn write(
    path: &Path,
    record: Option<&InstanceRecord>,
    history: &LoadedHistory,
) -> Result<(), HistoryFileError> {
    let content = ContentRef {
        format: FORMAT,
        record,
        history,
    };
    let text = serde_json::to_string_pretty(&content).map_err(HistoryFileError::content(path))?;
    let mut file = BufWriter::new(File::create(path).map_err(HistoryFileError::file(path))?);
    let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
    written.map_err(HistoryFileError::file(path))
}

/// Reads a history from a file.
pub fn read_history(path: impl AsRef<Path>) -> Result<LoadedHistory, HistoryFileError> {
    Ok(read_kept(path)?.history)
}

/// Reads a history from a file, with what is known of its instance.
pub fn read_kept(path: impl AsRef<Path>) -> Result<KeptHistory, HistoryFileError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }

    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(HistoryFileError::file(path))?;
    // The format first: a later one may hold events that this release cannot read.
    let Head { format: found } = serde_json::from_str(&text).map_err(HistoryFileError::content(path))?;
    if found > FORMAT {
        return Err(HistoryFileError::Newer {
            path: path.to_owned(),
            found,
        });
    }
    let Content { record, history } = serde_json::from_str(&text).map_err(HistoryFileError::content(path))?;
    Ok(KeptHistory { record, history })
}

/// Replays a history on the code of the version that it is on.
///
/// ```no_run
/// # use durable_core::registry::Registry;
/// use durable_core::history_file::{read_history, replay_history};
///
/// let history = read_history("tests/histories/order-42.json")?;
/// replay_history(&history, &Registry::collected()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replay_history(history: &LoadedHistory, registry: &Registry) -> Result<(), HistoryFileError> {
    let version = version_in_force(&history.events).and_then(|version| version.known());
    let version = version.ok_or(HistoryFileError::Incomplete("in which version it ran"))?;
    replay_history_on(history, registry, version)
}

/// Replays a history on the code of another version: what a move of the instance would do first.
pub fn replay_history_on(
    history: &LoadedHistory,
    registry: &Registry,
    version: Version,
) -> Result<(), HistoryFileError> {
    let started = started(&history.events).ok_or(HistoryFileError::Incomplete("which orchestrator ran"))?;
    let code = registry
        .code(&started.name, version)
        .ok_or_else(|| HistoryFileError::MissingCode {
            name: started.name.clone(),
            version,
        })?;
    Execution::load(code, &history.events)?;
    Ok(())
}

/// Returns who ran.
pub(crate) fn started(events: &[Event]) -> Option<&ExecutionStarted> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(&**started),
        _ => None,
    })
}

/// Returns the version in force at the end of a history, if it says one.
pub(crate) fn version_in_force(events: &[Event]) -> Option<RecordedVersion> {
    events.iter().rev().find_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(started.version.clone()),
        EventKind::ExecutionRewound { version, .. } => Some(version.clone()),
        EventKind::Marker(marker)
            if matches!(marker.kind, MarkerKind::Moved | MarkerKind::VersionResolved) =>
        {
            serde_json::from_str(&marker.data).ok()
        }
        _ => None,
    })
}
