//! `cargo durable freeze`: keeps the current version of a function, and opens the next one.

mod attribute;
mod callers;
mod module;
mod pin;
mod released;

use std::ops::Range;

use syn::spanned::Spanned as _;

use super::{refuse_dirty, show_or_write};
use crate::args::Freeze;
use crate::edit::{Change, Edit, Edits, apply};
use crate::error::{Error, Exit};
use crate::output;
use crate::project::Project;
use crate::sources::{Function, FunctionKind, Sources};
use crate::version::Version;
use pin::Pins;

/// What a freeze does, and what it could not do.
#[derive(Debug, Default)]
struct Report {
    /// Handles that were rewritten, as `charge → charge_v1`.
    pinned: Vec<String>,
    /// What is left to the user.
    notes: Vec<String>,
    /// Where the kept version is put.
    kept: String,
}

impl Report {
    fn pinned(&mut self, from: &str, to: &str) {
        let text = format!("{from} → {to}");
        if !self.pinned.contains(&text) {
            self.pinned.push(text);
        }
    }
}

pub(super) fn run(args: &Freeze) -> Result<Exit, Error> {
    let project = Project::find(&args.select)?;
    let sources = Sources::read(&project, args.select.bin.as_deref())?;
    let current = sources.current(&args.function)?;
    let version = next_version(&sources, current, args.version.as_deref())?;
    let edited = released::find(&project, &args.select, &sources, current, &version)?;
    let mut report = Report::default();
    let changes = if let Some(edited) = &edited {
        freeze_edited(args, &project, (&sources, current), edited, &mut report)?
    } else {
        refuse_dirty(&project, &args.edit)?;
        let opened = attribute::opened(current, sources.file_of(current), &version);
        let opened = copy(&sources.file_of(current).text, &current.range, &opened);
        freeze(args, &project, (&sources, current), &opened, &mut report)?
    };
    let written = show_or_write(&changes, &args.edit)?;
    tell(current, &version, &report, written);
    if written {
        let edit = if edited.is_some() {
            ""
        } else {
            &format!("edit version {version}, then ")
        };
        output::note(format_args!(
            "next: {edit}run `cargo check`; running instances stay on version {}",
            current.version_text
        ));
    }
    Ok(Exit::Ok)
}

/// Keeps a function as it was released, and makes the edit of it the next version.
fn freeze_edited(
    args: &Freeze,
    project: &Project,
    (sources, current): (&Sources, &Function),
    edited: &released::Edited,
    report: &mut Report,
) -> Result<Vec<Change>, Error> {
    report.notes.push(format!(
        "it was edited since its release: version {} is kept as it was in commit {}, and the edit is the open version",
        current.version_text,
        edited.commit.get(..9).unwrap_or(&edited.commit)
    ));
    let kept = edited.sources.current(&args.function)?;
    let mut changes = freeze(args, project, (&edited.sources, kept), &edited.opened, report)?;
    let file = sources.file_of(current);
    released::on_disk(&mut changes, &file.path, &file.text);
    Ok(changes)
}

/// Keeps a function as the sources have it, and puts the opened one into its place.
fn freeze(
    args: &Freeze,
    project: &Project,
    (sources, current): (&Sources, &Function),
    opened: &str,
    report: &mut Report,
) -> Result<Vec<Change>, Error> {
    let mut edits = Edits::default();
    let file = sources.module(current.module).file;
    edits.push(file, Edit::replace(current.range.clone(), opened));
    let called = callers::pin(sources, current, &mut edits, report);
    match &args.to_module {
        None => keep_here(sources, current, &mut edits, report),
        Some(name) => {
            let place = module::Place {
                project,
                sources,
                current,
                name,
            };
            place.keep(called, &mut edits, report)?;
        }
    }
    edits.finish(&sources.files)
}

/// Returns the version to open: the one asked for, or the one after the current.
fn next_version(sources: &Sources, current: &Function, asked: Option<&str>) -> Result<String, Error> {
    let text = match asked {
        Some(text) => text.to_owned(),
        None => Version::next(&current.version_text).ok_or_else(|| {
            Error::usage(
                format!("there is no version after {}", current.version_text),
                "give the version to open with `--version`",
            )
        })?,
    };
    let version = Version::parse(&text).ok_or_else(|| {
        Error::usage(
            format!("`{text}` is not a version"),
            "a version is 1 to 4 numbers with dots between them, such as `2` or `1.4`",
        )
    })?;
    let versions = sources
        .own_functions()
        .filter(|function| function.name == current.name);
    match versions.map(|function| function.version).max() {
        Some(newest) if version <= newest => Err(Error::usage(
            format!(
                "version {version} of `{}` is not newer than {newest}, which exists",
                current.name
            ),
            format!(
                "give a greater one: `cargo durable freeze {} --version {}`",
                current.name,
                Version::next(&newest.to_string()).unwrap_or_default()
            ),
        )),
        _ => Ok(text),
    }
}

/// Puts the kept version directly above the open one.
fn keep_here(sources: &Sources, current: &Function, edits: &mut Edits, report: &mut Report) {
    let module = sources.module(current.module);
    let file = &sources.files[module.file];
    let mut pins = Pins::default();
    if current.kind == FunctionKind::Orchestrator {
        pins = pin::pins(sources, current, |_| true, report);
        for (file, edit) in pin::imports(sources, current.module, &pins, report) {
            edits.push(file, edit);
        }
    }
    pins.body.extend(attribute::kept(current, file));
    let (newline, indent) = (file.newline(), file.indent(current.range.start));
    let copy = format!(
        "{}{newline}{newline}{indent}",
        copy(&file.text, &current.range, &pins.body)
    );
    edits.push(module.file, Edit::insert(current.range.start, copy));
    report.kept = file.place(file.range(&current.item.sig.fn_token.span()).start);
}

/// Returns the text of an item with edits inside it.
fn copy(text: &str, range: &Range<usize>, edits: &[Edit]) -> String {
    let moved: Vec<Edit> = edits
        .iter()
        .map(|edit| Edit {
            range: edit.range.start - range.start..edit.range.end - range.start,
            text: edit.text.clone(),
        })
        .collect();
    apply(&text[range.clone()], &moved)
}

fn tell(current: &Function, version: &str, report: &Report, written: bool) {
    let (name, old) = (&current.name, &current.version_text);
    let would = if written { "" } else { " (nothing was written)" };
    output::note(format_args!(
        "{} `{name}`: version {old} is kept as superseded at {}, version {version} is open{would}",
        current.kind.noun(),
        report.kept
    ));
    if !report.pinned.is_empty() {
        output::note(format_args!(
            "  pinned in what is kept: {}",
            report.pinned.join(", ")
        ));
    }
    for note in &report.notes {
        output::note(format_args!("  {note}"));
    }
}
