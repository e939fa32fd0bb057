//! The commands, one per file.

mod audit;
mod built_in;
mod freeze;
mod lint;
mod lock;
mod prune;
mod release;

use std::process::ExitCode;

use crate::args::{Cli, Command, EditOptions};
use crate::edit::{self, Change};
use crate::error::Error;
use crate::project::Project;
use crate::{git, output};

/// Runs the command that was given.
pub(crate) fn run(cli: &Cli) -> Result<ExitCode, Error> {
    match &cli.command {
        Command::Release(args) => release::run(args).map(ExitCode::from),
        Command::Lock(args) => lock::run(args).map(ExitCode::from),
        Command::Freeze(args) => freeze::run(args).map(ExitCode::from),
        Command::Prune(args) => prune::run(args).map(ExitCode::from),
        Command::Lint(args) => lint::run(args).map(ExitCode::from),
        Command::Audit(args) => audit::run(args).map(ExitCode::from),
        Command::Versions(args) => built_in::run("versions", args),
        Command::ReplayCheck(args) => built_in::run("replay-check", args),
        Command::Export(args) => built_in::run("export", args),
        Command::Import(args) => built_in::run("import", args),
        Command::Manifest(args) => built_in::run("manifest", args),
    }
}

/// Refuses to edit what is not committed, unless that is wanted.
fn refuse_dirty(project: &Project, options: &EditOptions) -> Result<(), Error> {
    if options.dry_run || options.allow_dirty {
        return Ok(());
    }
    let uncommitted = git::uncommitted(&project.dir());
    if uncommitted.is_empty() {
        return Ok(());
    }
    let listed: Vec<&str> = uncommitted.iter().take(10).map(String::as_str).collect();
    let more = uncommitted.len().saturating_sub(10);
    let more = if more > 0 {
        format!("\nand {more} more")
    } else {
        String::new()
    };
    Err(Error::refused(
        format!("there are uncommitted changes:\n{}{more}", listed.join("\n")),
        "commit or stash them, so that the edit can be looked at by itself; or give `--allow-dirty`",
    ))
}

/// Shows the changes, or writes them. Returns whether they were written.
fn show_or_write(changes: &[Change], options: &EditOptions) -> Result<bool, Error> {
    if options.dry_run {
        output::result(edit::show(changes));
        return Ok(false);
    }
    edit::write(changes)?;
    Ok(true)
}
