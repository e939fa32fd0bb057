//! `cargo durable audit`: what the checks were told to overlook, and what they cannot see.

mod exceptions;
mod helpers;
mod strictness;

use serde::Serialize;

use self::strictness::Strictness;

use crate::args::Audit;
use crate::error::{Error, Exit};
use crate::output;
use crate::project::Project;
use crate::sources::Sources;

/// All that an audit finds, in the order of the sources.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    /// Which functions may call only what is known to be deterministic.
    strictness: Strictness,
    /// Every `#[allow_nondeterminism]`.
    allowed: Vec<Entry>,
    /// Every `#[durable(opaque)]`.
    opaque: Vec<Entry>,
    /// Functions of the package that an orchestrator calls and that are not `#[deterministic]`.
    unmarked: Vec<Entry>,
    /// Functions whose source was not read.
    unknown: Vec<Entry>,
    /// Macros that cannot be checked.
    macros: Vec<Entry>,
}

/// One place in the sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Entry {
    file: String,
    line: usize,
    /// What is there.
    what: String,
    /// The reason that is given, or the function that it is in.
    note: String,
}

pub(super) fn run(args: &Audit) -> Result<Exit, Error> {
    let project = Project::find(&args.select)?;
    let sources = Sources::read(&project, args.select.bin.as_deref())?;
    let exceptions = exceptions::of(&sources);
    let calls = helpers::of(&sources);
    let report = Report {
        schema: 1,
        strictness: strictness::of(&project, &sources)?,
        allowed: sorted(exceptions.allowed),
        opaque: sorted(exceptions.opaque),
        unmarked: sorted(calls.unmarked),
        unknown: sorted(calls.unknown),
        macros: sorted(calls.macros),
    };
    if args.json {
        output::json(&report)?;
    } else {
        show(&report);
    }
    Ok(if args.deny && !report.unmarked.is_empty() {
        Exit::Findings
    } else {
        Exit::Ok
    })
}

/// A file may belong to the library and to the program.
fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort();
    entries.dedup();
    entries
}

fn show(report: &Report) {
    show_strictness(&report.strictness);
    let parts: [(&str, &str, &[Entry]); 5] = [
        (
            "allowed to be nondeterministic",
            "none: every check holds everywhere",
            &report.allowed,
        ),
        (
            "recorded without a schema (#[durable(opaque)])",
            "none",
            &report.opaque,
        ),
        (
            "called by orchestrators, and not #[deterministic]",
            "none",
            &report.unmarked,
        ),
        (
            "called by orchestrators, in code that was not read",
            "none",
            &report.unknown,
        ),
        ("macros that cannot be checked", "none", &report.macros),
    ];
    for (title, none, entries) in parts {
        output::result("");
        output::result(format_args!(
            "{title}: {}",
            if entries.is_empty() {
                none.to_owned()
            } else {
                entries.len().to_string()
            }
        ));
        show_entries(entries);
    }
}

fn show_entries(entries: &[Entry]) {
    for entry in entries {
        output::result(format_args!(
            "  {}:{}  {}  {}",
            entry.file, entry.line, entry.what, entry.note
        ));
    }
}

fn show_strictness(strictness: &Strictness) {
    let Strictness {
        package,
        functions,
        strict,
        exempt,
    } = strictness;
    let by = if *package {
        "the package is, by its Cargo.toml"
    } else {
        "the package is not"
    };
    output::result(format_args!(
        "strict: {by}; {strict} of {functions} functions are"
    ));
    show_entries(exempt);
}
