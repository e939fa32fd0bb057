//! `cargo durable prune`: removes a version that no instance needs.

mod hub;
mod names;
mod remove;

use std::io::{self, BufRead as _, IsTerminal as _};

use super::{refuse_dirty, show_or_write};
use crate::args::Prune;
use crate::edit::{self, Change};
use crate::error::{Error, Exit};
use crate::locks::{Locks, stanza_of};
use crate::output;
use crate::project::Project;
use crate::sources::{Function, FunctionKind, Sources};
use crate::version::Version;

pub(super) fn run(args: &Prune) -> Result<Exit, Error> {
    let (name, version) = parse(&args.which)?;
    let project = Project::find(&args.select)?;
    refuse_dirty(&project, &args.edit)?;
    let sources = Sources::read(&project, None)?;
    if is_locked(&project, name, version) && !has(&sources, name, version) {
        return entry(args, &project, name, version);
    }
    let function = find(&sources, name, version)?;
    let reasons = reasons(args, &project, &sources, function)?;
    if !reasons.is_empty() {
        return Err(Error::refused(
            format!("{} is still needed:\n  {}", function.key(), reasons.join("\n  ")),
            "let its instances end, move or purge them, and remove the code that names it; then prune again",
        ));
    }
    let removal = remove::edits(&sources, function);
    let mut edits = removal.edits;
    let locked = is_locked(&project, &function.name, version);
    if locked {
        let locks = locks_without(args, &project, &function.key())?;
        locks
            .changes()
            .into_iter()
            .for_each(|change| edits.change(change));
    }
    let changes = edits.finish(&sources.files)?;
    if !args.edit.dry_run && !args.yes && !confirmed(&function.key(), &changes)? {
        output::note("nothing was removed");
        return Ok(Exit::Findings);
    }
    let written = show_or_write(&changes, &args.edit)?;
    tell(&sources, function, &removal.imports, written);
    if locked {
        output::note("  with its entry in durable.lock");
    }
    if written {
        output::note("next: run `cargo check`; it names what else nothing uses any more");
    }
    Ok(Exit::Ok)
}

/// Returns whether the package's lock has a version.
fn is_locked(project: &Project, name: &str, version: Version) -> bool {
    let text = std::fs::read_to_string(project.dir().join("durable.lock")).unwrap_or_default();
    stanza_of(&text, name, version).is_some()
}

/// Asks what the locks are without a version.
fn locks_without(args: &Prune, project: &Project, key: &str) -> Result<Locks, Error> {
    Locks::ask(project, &args.select, &[format!("--prune={key}")])
}

/// Returns whether the sources have the version under this wire name, as the current one or not.
fn has(sources: &Sources, name: &str, version: Version) -> bool {
    sources
        .own_functions()
        .any(|function| function.name == name && function.version == version)
}

/// Removes what is left in the lock of a version whose code is gone.
fn entry(args: &Prune, project: &Project, name: &str, version: Version) -> Result<Exit, Error> {
    let reasons = hub::reasons(args, project, name, version, true)?;
    if !reasons.is_empty() {
        return Err(Error::refused(
            format!(
                "{} is still needed, and its code is gone:\n  {}",
                args.which,
                reasons.join("\n  ")
            ),
            "restore the code: no worker goes on with these instances without it",
        ));
    }
    let changes = locks_without(args, project, &args.which)?.changes();
    if !args.edit.dry_run && !args.yes && !confirmed(&args.which, &changes)? {
        output::note("nothing was removed");
        return Ok(Exit::Findings);
    }
    let written = show_or_write(&changes, &args.edit)?;
    let would = if written {
        "removed"
    } else {
        "may be removed (nothing was written)"
    };
    output::note(format_args!(
        "the entry of {} in durable.lock {would}; its code is gone already",
        args.which
    ));
    Ok(Exit::Ok)
}

fn parse(which: &str) -> Result<(&str, Version), Error> {
    let parts = which.split_once('@');
    let parsed = parts.and_then(|(name, version)| Some((name, Version::parse(version)?)));
    parsed.ok_or_else(|| {
        Error::usage(
            format!("`{which}` does not name a version"),
            "write the function, `@` and the version: `cargo durable prune checkout@1`",
        )
    })
}

/// Finds the version to remove. The current one is not for removing.
fn find<'a>(sources: &'a Sources, name: &str, version: Version) -> Result<&'a Function, Error> {
    let named: Vec<&Function> = sources
        .own_functions()
        .filter(|function| function.name == name || function.ident == name)
        .collect();
    let Some(found) = named.iter().find(|function| function.version == version) else {
        let known: Vec<String> = named.iter().map(|function| function.key()).collect();
        let known = if known.is_empty() {
            "no version of it".to_owned()
        } else {
            known.join(", ")
        };
        return Err(Error::usage(
            format!("the sources have no `{name}@{version}`"),
            format!("they have: {known}"),
        ));
    };
    if !found.superseded {
        return Err(Error::usage(
            format!(
                "{} at {} is the current version",
                found.key(),
                sources.place(found)
            ),
            format!("new instances start on it; `cargo durable freeze {name}` opens another version"),
        ));
    }
    Ok(found)
}

/// Returns what speaks against the removal.
fn reasons(
    args: &Prune,
    project: &Project,
    sources: &Sources,
    function: &Function,
) -> Result<Vec<String>, Error> {
    // Activities are found by the code that names them: an orchestrator that could still run one is in the sources.
    let mut reasons = match function.kind {
        FunctionKind::Orchestrator => hub::reasons(args, project, &function.name, function.version, false)?,
        FunctionKind::Activity => Vec::new(),
    };
    reasons.extend(names::still_named(project, sources, function));
    Ok(reasons)
}

/// Shows the change and asks.
fn confirmed(what: &str, changes: &[Change]) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "nobody is there to be asked",
            "look at the change with `--dry-run`, then give `--yes`",
        ));
    }
    output::result(edit::show(changes));
    output::note(format_args!("remove {what}? [y/N]"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| {
        Error::failed(
            format!("the answer could not be read: {error}"),
            "give `--yes` if you mean it",
        )
    })?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn tell(sources: &Sources, function: &Function, imports: &[String], written: bool) {
    let (removed, would) = if written {
        ("removed", "")
    } else {
        ("may be removed", " (nothing was written)")
    };
    output::note(format_args!(
        "{} {} at {} {removed}{would}",
        function.kind.noun(),
        function.key(),
        sources.place(function)
    ));
    if !imports.is_empty() {
        output::note(format_args!("  with the imports of: {}", imports.join(", ")));
    }
}
