//! Export: the histories of a hub, one file per execution, and an index.
//!
//! The index is one JSON object per line: first what the export is, then each file, last that it is complete.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{FORMAT, HistoryFileError, write};
use crate::hub::{InstanceRecord, InstanceStatus, TaskHub};
use crate::id::InstanceId;
use crate::payload::{FNV_START, fnv1a};
use crate::replay_check::{Listing, Read, Selection};

/// The name of the index in the folder of an export.
pub const INDEX: &str = "index.jsonl";

/// How many characters of an instance's id its file's name has at most.
const NAME_MAX: usize = 80;

/// What is exported, and how.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Which instances. All that have not ended if nothing is chosen.
    pub selection: Selection,
    /// Whether instances that have ended are exported too.
    pub all: bool,
    /// Whether an earlier export of the same hub is replaced. Otherwise the folder must be empty or missing.
    pub replace: bool,
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// How many histories were written.
    pub histories: u64,
    /// How many instances were removed, or went on to another execution again and again, while they were read.
    pub moved_on: u64,
}

/// A line of the index.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Export {
        format: u32,
        hub: String,
        exported_at: String,
    },
    History {
        file: String,
        instance: String,
        execution: String,
        orchestrator: String,
        version: String,
        status: InstanceStatus,
        events: u64,
    },
    Complete {
        histories: u64,
    },
}

/// Writes the histories of a hub to a folder, one file per execution, in the form that `read_history` reads.
///
/// `place` says which hub it is: an export of another one is never replaced. The hub is only read.
///
/// # Errors
///
/// If the folder is occupied or cannot be written, or the hub cannot be read. What was written so far stays, and has no
/// complete index.
pub async fn export(
    hub: &dyn TaskHub,
    place: &str,
    folder: &Path,
    options: &ExportOptions,
) -> Result<Exported, HistoryFileError> {
    clear(folder, place, options.replace)?;
    let mut index = Index::create(folder)?;
    index.add(&Line::Export {
        format: FORMAT,
        hub: place.to_owned(),
        exported_at: hub.clock().now().to_string(),
    })?;
    let statuses = InstanceStatus::ALL.into_iter();
    let chosen = statuses.filter(|status| options.all || !status.is_ended());
    let mut listing = Listing::new(hub, &options.selection, chosen.collect());
    let mut exported = Exported {
        histories: 0,
        moved_on: 0,
    };
    while let Some(record) = listing.next().await? {
        match listing.read(record).await? {
            Read::Gone => exported.moved_on += 1,
            Read::Unreadable(_, error) => return Err(error.into()),
            Read::Instance(record, history) => {
                let file = file_name(&record);
                // The index first: whatever happens, it names every file that there is.
                index.add(&Line::History {
                    file: file.clone(),
                    instance: record.instance.to_string(),
                    execution: record.execution.to_string(),
                    orchestrator: record.name.to_string(),
                    version: String::from(record.version.clone()),
                    status: record.status,
                    events: u64::try_from(history.events.len()).unwrap_or(u64::MAX),
                })?;
                write(&folder.join(file), Some(&record), &history)?;
                exported.histories += 1;
            }
        }
    }
    index.add(&Line::Complete {
        histories: exported.histories,
    })?;
    index.close()?;
    Ok(exported)
}

/// Lists the history files of a folder: an export, or files that were kept one by one.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, HistoryFileError> {
    let failed = || HistoryFileError::file(folder);
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if is_json(&path) {
            files.insert(path);
        }
    }
    let index = folder.join(INDEX);
    if index.exists() && !Earlier::read(&index)?.complete {
        return Err(HistoryFileError::CutShort {
            path: folder.to_owned(),
        });
    }
    Ok(files.into_iter().collect())
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Makes sure that the folder is there and empty.
fn clear(folder: &Path, place: &str, replace: bool) -> Result<(), HistoryFileError> {
    std::fs::create_dir_all(folder).map_err(HistoryFileError::file(folder))?;
    let mut entries = std::fs::read_dir(folder).map_err(HistoryFileError::file(folder))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let occupied = |why: String| HistoryFileError::Occupied {
        path: folder.to_owned(),
        why,
    };
    let index = folder.join(INDEX);
    if !index.exists() {
        return Err(occupied(
            "it has files in it, and no index of an export".to_owned(),
        ));
    }
    let earlier = Earlier::read(&index)?;
    if earlier.hub != place {
        return Err(occupied(format!(
            "it holds an export of the hub `{}`",
            earlier.hub
        )));
    }
    if !replace {
        return Err(occupied(
            "it holds an earlier export; `--replace` removes that one".to_owned(),
        ));
    }
    for file in earlier.files {
        // An index of another making must not reach outside the folder.
        let file = Path::new(&file);
        if file.components().count() == 1 && is_json(file) {
            remove(&folder.join(file))?;
        }
    }
    remove(&index)
}

fn remove(path: &Path) -> Result<(), HistoryFileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(HistoryFileError::file(path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What the index of an earlier export says.
#[derive(Default)]
struct Earlier {
    hub: String,
    files: Vec<String>,
    complete: bool,
}

impl Earlier {
    fn read(index: &Path) -> Result<Self, HistoryFileError> {
        let mut earlier = Self::default();
        let lines = BufReader::new(File::open(index).map_err(HistoryFileError::file(index))?).lines();
        for line in lines {
            let line = line.map_err(HistoryFileError::file(index))?;
            match serde_json::from_str(&line) {
                Ok(Line::Export { hub, .. }) => earlier.hub = hub,
                Ok(Line::History { file, .. }) => earlier.files.push(file),
                Ok(Line::Complete { .. }) => earlier.complete = true,
                // A line that was cut off is the last one of an export that was cut off.
                Err(error) if error.is_eof() => break,
                Err(error) => return Err(HistoryFileError::content(index)(error)),
            }
        }
        Ok(earlier)
    }
}

struct Index {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Index {
    fn create(folder: &Path) -> Result<Self, HistoryFileError> {
        let path = folder.join(INDEX);
        let file = File::create_new(&path).map_err(HistoryFileError::file(&path))?;
        let file = BufWriter::new(file);
        Ok(Self { path, file })
    }

    fn add(&mut self, line: &Line) -> Result<(), HistoryFileError> {
        let text = serde_json::to_string(line).map_err(HistoryFileError::content(&self.path))?;
        let written = writeln!(self.file, "{text}").and_then(|()| self.file.flush());
        written.map_err(HistoryFileError::file(&self.path))
    }

    fn close(self) -> Result<(), HistoryFileError> {
        let Self { path, file } = self;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all())
            .map_err(HistoryFileError::file(&path))
    }
}

/// Names a file after an instance, for every file system: what is not a plain lower-case letter or digit becomes `_`,
/// and a hash of instance and execution keeps names apart.
fn file_name(record: &InstanceRecord) -> String {
    let hash = fnv1a(
        fnv1a(FNV_START, record.instance.as_str().as_bytes()),
        record.execution.as_str().as_bytes(),
    );
    let mut name = readable(&record.instance);
    // Writing to a text cannot fail.
    let _ = write!(name, "-{hash:016x}.json");
    name
}

fn readable(id: &InstanceId) -> String {
    let plain = |c: char| match c {
        'a'..='z' | '0'..='9' | '-' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '_',
    };
    id.as_str().chars().take(NAME_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExecutionId;

    fn name(instance: &str, execution: u128) -> String {
        let record = crate::replay_check::test_record(
            InstanceId::new(instance).unwrap(),
            ExecutionId::from_random(execution),
        );
        file_name(&record)
    }

    #[test]
    fn every_id_makes_a_name_that_every_file_system_takes() {
        for id in [
            "order-42",
            "Bestellung Nr. 7: Möbel",
            "..",
            "con",
            "a%b*c|d\"e<f>",
            "🦀",
            &"x".repeat(256),
        ] {
            let name = name(id, 1);
            assert!(name.len() <= NAME_MAX + 22, "{name}");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
            assert!(name.chars().all(plain), "{name}");
            assert!(!name.starts_with('.') && is_json(Path::new(&name)), "{name}");
        }
    }

    #[test]
    fn ids_that_look_alike_and_executions_of_one_instance_have_names_of_their_own() {
        let names: BTreeSet<String> = [("Order", 1), ("order", 1), ("order", 2), ("a:b", 1), ("a|b", 1)]
            .into_iter()
            .map(|(id, execution)| name(id, execution))
            .collect();
        assert_eq!(names.len(), 5);
    }
}
