//! `cargo durable lock --check`: what differs from what was released.

use serde::Serialize;

use super::{in_other_programs, rule};
use crate::args::Lock;
use crate::error::{Error, Exit};
use crate::locks::{Difference, Key, Locks, PackageLock};
use crate::output;
use crate::project::Project;

/// What a check says, in the order of the locks.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    findings: Vec<Finding>,
    /// How many versions are as they were released.
    released: usize,
    /// How many versions are not released yet.
    unreleased: usize,
}

/// A version that is not as it was released.
#[derive(Debug, Serialize)]
struct Finding {
    /// `orchestrator` or `activity`.
    kind: String,
    name: String,
    version: String,
    /// The lock that says so.
    lock: String,
    /// `body`, `callee`, `helper`, `schema`, `schema_lost`, `missing` or `unreleased`.
    what: String,
    text: String,
    /// The rule by which the compiler refuses it, if it does.
    rule: Option<&'static str>,
    /// Where the function is, or its lock if it is nowhere.
    place: String,
    /// What to do.
    next: String,
}

pub(super) fn run(args: &Lock, project: &Project) -> Result<Exit, Error> {
    let locks = Locks::ask(project, &args.select, &[])?;
    let elsewhere = in_other_programs(project, &locks)?;
    let differences = locks.differences();
    let findings: Vec<Finding> = differences
        .filter_map(|(lock, difference)| finding(args.released, &locks, &elsewhere, lock, difference))
        .collect();
    let (released, unreleased) = count(&locks);
    let report = Report {
        schema: 1,
        findings,
        released,
        unreleased,
    };
    if args.json {
        output::json(&report)?;
    } else {
        show(&report);
    }
    Ok(if report.findings.is_empty() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

fn finding(
    released: bool,
    locks: &Locks,
    elsewhere: &[String],
    lock: &PackageLock,
    difference: &Difference,
) -> Option<Finding> {
    let key = difference.key.shown();
    let function = locks.functions().find(|function| function.key == difference.key);
    let (rule, next) = if difference.is_unreleased() {
        let current = function.is_some_and(|function| function.current);
        (released && current).then(|| (None, "`cargo durable release` locks it".to_owned()))?
    } else if difference.is_missing() {
        let next = format!("restore the code, or, if no instance needs it, `cargo durable prune {key}`");
        (!elsewhere.contains(&key)).then_some((None, next))?
    } else if difference.is_fine() {
        return None;
    } else {
        let next = format!(
            "`cargo durable freeze {}` keeps what was released; or `cargo durable lock --accept {key} --reason \"..\"`",
            difference.key.name
        );
        (Some(rule(difference)), next)
    };
    Some(Finding {
        kind: difference.key.kind.clone(),
        name: difference.key.name.clone(),
        version: difference.key.version.clone(),
        lock: lock.shown.clone(),
        what: difference.what.clone(),
        text: difference.text.clone(),
        rule,
        place: function.map_or_else(|| lock.shown.clone(), |function| function.place.clone()),
        next,
    })
}

/// Counts the versions that are as they were released, and those that are not released.
fn count(locks: &Locks) -> (usize, usize) {
    let differs = |own: &Difference| own.is_unreleased() || !own.is_fine();
    let (mut released, mut unreleased) = (0, 0);
    for PackageLock { told, .. } in &locks.0 {
        let same = |key: &Key| !told.differences.iter().any(|own| own.key == *key && differs(own));
        released += told.functions.iter().filter(|own| same(&own.key)).count();
        unreleased += told.differences.iter().filter(|own| own.is_unreleased()).count();
    }
    (released, unreleased)
}

fn show(report: &Report) {
    for found in &report.findings {
        let label = found.rule.map(|rule| format!(" [{rule}]")).unwrap_or_default();
        let Finding {
            kind,
            name,
            version,
            text,
            ..
        } = found;
        output::finding(
            &format!("{kind} {name}@{version}: {text}{label}"),
            &found.place,
            &found.next,
        );
    }
    match report.findings.len() {
        0 => output::note(format_args!(
            "{} versions are as they were released, {} are not released yet",
            report.released, report.unreleased
        )),
        1 => output::note("1 finding"),
        many => output::note(format_args!("{many} findings")),
    }
}
