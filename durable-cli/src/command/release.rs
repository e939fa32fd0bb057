//! `cargo durable release`: locks the versions that are not locked yet.

mod line;

use crate::args::Release;
use crate::edit::{self, Change, Edits};
use crate::error::{Error, Exit};
use crate::locks::{Difference, Locks, listed};
use crate::output;
use crate::project::Project;
use crate::sources::Sources;

pub(super) fn run(args: &Release) -> Result<Exit, Error> {
    let project = Project::find(&args.select)?;
    let mut wanted = vec!["--release".to_owned()];
    wanted.extend(args.names.iter().map(|name| format!("--name={name}")));
    let locks = Locks::ask(&project, &args.select, &wanted)?;
    known(args, &locks)?;
    refuse_edited(args, &locks)?;
    let sources = Sources::read(&project, None)?;
    let elsewhere = super::lock::in_other_programs(&project, &locks)?;
    let mut edits = Edits::default();
    let lines = line::add(&sources, &locks, &mut edits);
    locks
        .changes()
        .into_iter()
        .for_each(|change| edits.change(change));
    let changes = edits.finish(&sources.files)?;
    if changes.is_empty() {
        output::note("every version is locked as it is: nothing is to be written");
        warn(&locks, &elsewhere);
        return Ok(Exit::Ok);
    }
    output::result(edit::show(&changes));
    if !args.dry_run {
        edit::write(&changes)?;
    }
    tell(args, &locks, &lines, &changes);
    warn(&locks, &elsewhere);
    Ok(Exit::Ok)
}

/// A name that nothing has is a slip of the pen.
fn known(args: &Release, locks: &Locks) -> Result<(), Error> {
    let mut names: Vec<&str> = locks
        .functions()
        .map(|function| function.key.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(Error::usage(
            "the program has no durable functions",
            "choose the program that has them with `-p` and `--bin`",
        ));
    }
    match args.names.iter().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(Error::usage(
            format!("no durable function of the program is called `{name}`"),
            format!("it has: {}", names.join(", ")),
        )),
        None => Ok(()),
    }
}

/// What was released stays as it was: an edit of it is not released by the way.
fn refuse_edited(args: &Release, locks: &Locks) -> Result<(), Error> {
    let named = |difference: &Difference| args.names.is_empty() || args.names.contains(&difference.key.name);
    let edited: Vec<&Difference> = locks
        .differences()
        .map(|(_, difference)| difference)
        .filter(|difference| named(difference) && !difference.is_fine() && !difference.is_missing())
        .collect();
    let Some(first) = edited.first() else {
        return Ok(());
    };
    let lines: Vec<String> = edited
        .iter()
        .map(|difference| {
            let rule = super::lock::rule(difference);
            format!("{}: {} [{rule}]", difference.key.shown(), difference.text)
        })
        .collect();
    Err(Error::refused(
        format!("what was released was edited since:\n  {}", lines.join("\n  ")),
        format!(
            "`cargo durable freeze {}` keeps what was released beside a new version with the edit; if no instance can be \
             harmed:\ncargo durable lock --accept {} --reason \"..\"",
            first.key.name,
            first.key.shown()
        ),
    ))
}

fn tell(args: &Release, locks: &Locks, lines: &line::Lines, changes: &[Change]) {
    let (locked, added) = if args.dry_run {
        ("would be locked", "would be added")
    } else {
        ("locked", "was added")
    };
    for lock in locks.0.iter().filter(|lock| !lock.told.added.is_empty()) {
        output::note(format_args!(
            "{locked} in {}: {}",
            lock.shown,
            listed(&lock.told.added)
        ));
    }
    if !lines.added.is_empty() {
        output::note(format_args!(
            "  `lock!` {added} to {}, so that the package does not compile without its file",
            lines.added.join(", ")
        ));
    }
    for note in &lines.notes {
        output::note(format_args!("  {note}"));
    }
    if args.dry_run {
        output::note("nothing was written");
    } else {
        let files: Vec<&str> = changes.iter().map(|change| change.shown.as_str()).collect();
        output::note(format_args!("next: commit {}", files.join(", ")));
    }
}

/// Names what the locks cannot watch over, and what they have and the program has not.
fn warn(locks: &Locks, elsewhere: &[String]) {
    let mut unknown: Vec<String> = Vec::new();
    for function in locks.functions() {
        for form in &function.without_schema {
            let what = format!(
                "{}, the {} of {}",
                form.r#type,
                form.payload,
                function.key.shown()
            );
            // A unit has no form that could change.
            if form.r#type != "()" && !unknown.contains(&what) {
                unknown.push(what);
            }
        }
    }
    if !unknown.is_empty() {
        output::warning(
            &format!(
                "these types have no schema, so a change of them is not noticed:\n  {}",
                unknown.join("\n  ")
            ),
            "add `#[derive(DurableSchema)]` to them before you release",
        );
    }
    let gone: Vec<String> = locks
        .differences()
        .filter(|(_, difference)| difference.is_missing())
        .map(|(_, difference)| difference.key.shown())
        .filter(|key| !elsewhere.contains(key))
        .collect();
    if let Some(first) = gone.first() {
        output::warning(
            &format!("locked, and not in this program: {}", gone.join(", ")),
            &format!("restore the code, or, if no instance needs it, run `cargo durable prune {first}`"),
        );
    }
}
