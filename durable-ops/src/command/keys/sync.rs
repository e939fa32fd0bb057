//! `durable keys sync`.

use std::path::{Path, PathBuf};

use clap::Args;
use durable_server::{KeyChange, KeyChangeKind, KeyFile, KeySide};
use serde_json::{Value, json};

use super::file::{existing, named, refused};
use crate::error::{Error, Exit};
use crate::output;

/// Bring the file of another server and this one together, so that both take the same keys
///
/// Of each name, both get the key that was changed last, removals included. No key's text is needed for it, and none is
/// shown. A file that is missing at the other place is made.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The other file
    #[arg(value_name = "OTHER")]
    other: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Arguments, path: Option<&Path>) -> Result<Exit, Error> {
    let path = named(path)?;
    let (file, other) = (existing(path)?, KeyFile::open(&given.other).map_err(refused)?);
    let changes = if given.dry_run {
        file.compare(&other)
    } else {
        file.sync(&other)
    };
    let changes = changes.map_err(refused)?;
    let place = |change: &KeyChange| match change.side {
        KeySide::This => path.display(),
        KeySide::Other => given.other.display(),
    };
    if given.json {
        let changes: Vec<Value> = changes
            .iter()
            .map(|change| {
                json!({
                    "name": change.name,
                    "change": kind(change.kind),
                    "file": place(change).to_string(),
                })
            })
            .collect();
        output::say_json(&json!({"schema": 1, "dry_run": given.dry_run, "changes": changes}))?;
        return Ok(Exit::Ok);
    }
    if changes.is_empty() {
        output::say("both files have the same keys")?;
        return Ok(Exit::Ok);
    }
    let would = if given.dry_run { "would be " } else { "" };
    for change in &changes {
        output::say(format_args!(
            "`{}` {would}{} in `{}`",
            change.name,
            kind(change.kind),
            place(change)
        ))?;
    }
    Ok(Exit::Ok)
}

fn kind(kind: KeyChangeKind) -> &'static str {
    match kind {
        KeyChangeKind::Added => "added",
        KeyChangeKind::Replaced => "replaced",
        KeyChangeKind::Removed => "removed",
    }
}
