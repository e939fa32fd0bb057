//! What the hub says about a version, through the user's program.

use serde::Deserialize;

use crate::args::Prune;
use crate::error::Error;
use crate::program;
use crate::project::Project;
use crate::version::Version;

/// The answer of `durable versions --json`. Fields that are not needed are passed over.
#[derive(Debug, Deserialize)]
struct Answer {
    source: Option<String>,
    versions: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    version: String,
    running: u64,
    waiting: u64,
    suspended: u64,
    blocked: u64,
    failed: u64,
    oldest: Option<String>,
    state: String,
    may_be_deleted: bool,
}

/// Returns what in the hub speaks against removing a version; with `gone`, of one that the program lacks.
pub(super) fn reasons(
    args: &Prune,
    project: &Project,
    name: &str,
    version: Version,
    gone: bool,
) -> Result<Vec<String>, Error> {
    let mut arguments = vec!["versions".to_owned(), "--json".to_owned()];
    if let Some(hub) = &args.hub {
        arguments.extend(["--hub".to_owned(), hub.clone()]);
    }
    let text = program::ask(project, &args.select, &arguments)?;
    let answer: Answer = serde_json::from_str(&text).map_err(|error| {
        Error::failed(
            format!("the program's answer to `durable versions --json` was not understood: {error}"),
            "the program must pass its arguments to `durable::App::run`, and be built with this version of `durable`",
        )
    })?;
    let found = answer
        .versions
        .iter()
        .find(|row| row.name == name && Version::parse(&row.version) == Some(version));
    let Some(row) = found else {
        if gone {
            return Ok(Vec::new());
        }
        return Err(Error::failed(
            format!("the program does not know {name}@{version}"),
            "choose the program that has it with `--bin`, and the features that it is built with with `--features`",
        ));
    };
    Ok(judge(row, answer.source.as_deref()))
}

fn judge(row: &Row, source: Option<&str>) -> Vec<String> {
    if row.may_be_deleted {
        return Vec::new();
    }
    let source = source.map(|source| format!(" in {source}")).unwrap_or_default();
    let counts = [
        (row.running, "running"),
        (row.waiting, "waiting"),
        (row.suspended, "suspended"),
        (row.blocked, "blocked"),
        (row.failed, "failed and may be rewound"),
    ];
    let mut reasons: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{source}"))
        .collect();
    if let Some(oldest) = &row.oldest {
        reasons.push(format!("the oldest was started at {oldest}"));
    }
    if reasons.is_empty() {
        reasons.push(format!("the program says that it is {}{source}", row.state));
    }
    reasons
}
