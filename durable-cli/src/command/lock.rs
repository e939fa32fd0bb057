//! `cargo durable lock`: compares the code with what was released, and takes an edit over.

mod check;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::args::Lock;
use crate::edit;
use crate::error::{Error, Exit};
use crate::locks::{Difference, Locks, listed};
use crate::output;
use crate::project::Project;
use crate::sources::{Function, Sources};
use crate::version::Version;

pub(super) fn run(args: &Lock) -> Result<Exit, Error> {
    let project = Project::find(&args.select)?;
    if args.check {
        check::run(args, &project)
    } else {
        accept(args, &project)
    }
}

/// Returns the rule that the compiler reports a difference by.
pub(super) fn rule(difference: &Difference) -> &'static str {
    match difference.what.as_str() {
        "body" => "D0501",
        "helper" => "D0503",
        "callee" => "D0504",
        _ => "D0502",
    }
}

/// Returns what only other programs of the package have.
pub(super) fn in_other_programs(project: &Project, locks: &Locks) -> Result<Vec<String>, Error> {
    if !locks.differences().any(|(_, difference)| difference.is_missing()) || !project.has_several_binaries()
    {
        return Ok(Vec::new());
    }
    let sources = Sources::read(project, None)?;
    Ok(sources.own_functions().map(Function::key).collect())
}

fn accept(args: &Lock, project: &Project) -> Result<Exit, Error> {
    let mut wanted = vec![
        format!("--reason={}", args.reason.as_deref().unwrap_or_default()),
        format!("--day={}", today()),
    ];
    for which in &args.accept {
        let parts = which.split_once('@');
        if parts.is_none_or(|(_, version)| Version::parse(version).is_none()) {
            return Err(Error::usage(
                format!("`{which}` does not name a version"),
                "write the function, `@` and the version: `cargo durable lock --accept checkout@1 --reason \"..\"`",
            ));
        }
        wanted.push(format!("--accept={which}"));
    }
    let locks = Locks::ask(project, &args.select, &wanted)?;
    for which in &args.accept {
        accepted(&locks, which)?;
    }
    for (_, difference) in locks.differences() {
        let taken = locks
            .0
            .iter()
            .any(|lock| lock.told.accepted.contains(&difference.key));
        if taken {
            output::note(format_args!("{}: {}", difference.key.shown(), difference.text));
        }
    }
    let changes = locks.changes();
    output::result(edit::show(&changes));
    if args.dry_run {
        output::note("nothing was written");
        return Ok(Exit::Ok);
    }
    edit::write(&changes)?;
    let keys = locks.0.iter().flat_map(|lock| &lock.told.accepted);
    let files: Vec<&str> = changes.iter().map(|change| change.shown.as_str()).collect();
    output::note(format_args!(
        "accepted: {}; next: commit {}",
        listed(keys),
        files.join(", ")
    ));
    Ok(Exit::Ok)
}

/// Says why a version that was named is not accepted.
fn accepted(locks: &Locks, which: &str) -> Result<(), Error> {
    let (name, version) = which.split_once('@').unwrap_or((which, ""));
    let version = Version::parse(version);
    let is_it = |key: &crate::locks::Key| key.name == name && Version::parse(&key.version) == version;
    if locks.0.iter().any(|lock| lock.told.accepted.iter().any(is_it)) {
        return Ok(());
    }
    let about = locks
        .differences()
        .map(|(_, own)| own)
        .find(|own| is_it(&own.key));
    Err(match about {
        Some(own) if own.is_unreleased() => Error::usage(
            format!("{which} is not released, so there is nothing to accept"),
            format!("edit it as you like; `cargo durable release {name}` locks it"),
        ),
        Some(_) => Error::usage(
            format!("{which} is not in this program, so there is nothing to accept"),
            format!("restore its code, or, if no instance needs it, run `cargo durable prune {which}`"),
        ),
        None if locks.functions().any(|function| is_it(&function.key)) => Error::usage(
            format!("{which} is as it was released"),
            "there is nothing to accept",
        ),
        None => Error::usage(
            format!("the program has no {which}"),
            "`cargo durable manifest` lists what it has",
        ),
    })
}

/// Returns the day in UTC, as `2026-11-21`.
fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    date(now.as_secs() / 86_400)
}

/// Returns the date that is so many days after 1970-01-01.
fn date(mut days: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_are_counted_through_leap_years() {
        for (days, date) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_453, "2025-12-31"),
            (20_778, "2026-11-21"),
        ] {
            assert_eq!(super::date(days), date);
        }
    }
}
