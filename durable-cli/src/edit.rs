//! Changes to source files: byte for byte, shown as a diff, written all or none.

mod diff;
mod write;

pub(crate) use diff::show;
pub(crate) use write::write;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sources::SourceFile;

/// A replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

impl Edit {
    pub(crate) fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }

    pub(crate) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }
}

/// Applies edits to a text. Of equal ones only the first counts; none may overlap another.
pub(crate) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = Vec::new();
    for edit in edits {
        if !sorted.contains(&edit) {
            sorted.push(edit);
        }
    }
    // Stable: insertions at one place stay in the order in which they were asked for.
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut changed = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        debug_assert!(
            done <= edit.range.start,
            "edits overlap at byte {}",
            edit.range.start
        );
        changed.push_str(&text[done..edit.range.start]);
        changed.push_str(&edit.text);
        done = edit.range.end;
    }
    changed.push_str(&text[done..]);
    changed
}

/// The edits of a command, by file.
#[derive(Debug, Default)]
pub(crate) struct Edits(BTreeMap<usize, Vec<Edit>>, Vec<Change>);

impl Edits {
    pub(crate) fn push(&mut self, file: usize, edit: Edit) {
        self.0.entry(file).or_default().push(edit);
    }

    /// Adds a file that does not exist yet.
    pub(crate) fn create(&mut self, path: PathBuf, shown: String, text: String) {
        self.1.push(Change {
            path,
            shown,
            before: None,
            after: text,
        });
    }

    /// Adds what becomes of a file that is no source.
    pub(crate) fn change(&mut self, change: Change) {
        self.1.push(change);
    }

    /// Returns what the files become. Each of them still parses.
    pub(crate) fn finish(self, files: &[SourceFile]) -> Result<Vec<Change>, Error> {
        let mut changes = self.1;
        for (file, edits) in self.0 {
            let file = &files[file];
            changes.push(Change {
                path: file.path.clone(),
                shown: file.shown.clone(),
                before: Some(file.text.clone()),
                after: apply(&file.text, &edits),
            });
        }
        for change in &changes {
            change.check()?;
        }
        changes.sort_by(|a, b| a.shown.cmp(&b.shown));
        Ok(changes)
    }
}

/// What becomes of a file.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) path: PathBuf,
    pub(crate) shown: String,
    /// Nothing if the file is new.
    pub(crate) before: Option<String>,
    pub(crate) after: String,
}

impl Change {
    fn check(&self) -> Result<(), Error> {
        if self.path.extension().is_none_or(|extension| extension != "rs") {
            return Ok(());
        }
        let parsed = syn::parse_file(&self.after);
        parsed.map(drop).map_err(|error| {
            Error::failed(
                format!("the edit of {} would not parse: {error}", self.shown),
                "nothing was written; make this edit by hand, and please report the case",
            )
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_from_the_front_whatever_their_order() {
        let edits = [
            Edit::insert(6, "brave "),
            Edit::replace(0..5, "Oh"),
            Edit::insert(6, "new "),
        ];
        assert_eq!(apply("Hello world", &edits), "Oh brave new world");
    }

    #[test]
    fn an_edit_that_is_asked_for_twice_is_made_once() {
        let edits = [Edit::insert(1, "x"), Edit::insert(1, "x")];
        assert_eq!(apply("ab", &edits), "axb");
    }
}
