//! `durable versions`: which versions have instances, and which may be deleted.

use durable_core::client::Client;
use durable_core::hub::WorkerRecord;
use serde_json::{Value, json};

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::{hub, output};
use crate::app::App;
use crate::versions::{VersionRow, VersionState, VersionTable, version_table};

const JSON: &str = "--json";

pub(super) const COMMAND: Command = Command {
    name: "versions",
    summary: "shows which versions have instances, and which may be deleted",
    about: "\
The state is that of this binary: `current`, where new instances start; `draining`, superseded and still needed;
`drained`, superseded and not needed; `not in this binary`, needed and missing. The hub is opened for reading only.",
    options: &[
        hub::OPTION,
        CommandOption::switch(JSON, "prints the table as JSON (docs/replay-check.md)"),
    ],
};

pub(super) async fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let (registry, defaults) = app.policy()?;
    let (hub, place) = hub::open(app, given).await?;
    let client = Client::with_registry(hub, std::sync::Arc::clone(&registry), defaults);
    let table = version_table(&client.version_counts().await?, &registry);
    if given.has(JSON) {
        let told = as_json(&table, &client.workers().await?, &place);
        output::say(&format!("{told:#}"))?;
    } else {
        output::say(&format!("{table:#}"))?;
    }
    Ok(Exit::Ok)
}

fn as_json(table: &VersionTable, workers: &[WorkerRecord], place: &str) -> Value {
    let rows: Vec<Value> = table.0.iter().map(|row| row_as_json(row, workers)).collect();
    json!({"schema": 1, "source": place, "versions": rows})
}

fn row_as_json(row: &VersionRow, workers: &[WorkerRecord]) -> Value {
    // A wire name has no `@`.
    let (name, version) = row.key.split_once('@').unwrap_or((&row.key, ""));
    let offered = workers
        .iter()
        .flat_map(|worker| &worker.orchestrators)
        .any(|key| key.name.as_str() == name && key.version.to_string() == version);
    let live = row.running + row.waiting + row.suspended + row.blocked;
    let (state, why_not) = match row.state {
        VersionState::Current => ("current", Some("new instances start on it".to_owned())),
        VersionState::Draining => ("draining", Some(needed(live, row.failed))),
        VersionState::Drained => ("drained", None),
        VersionState::Missing => ("missing", Some(needed(live, row.failed))),
    };
    json!({
        "name": name,
        "version": version,
        "running": row.running,
        "waiting": row.waiting,
        "suspended": row.suspended,
        "blocked": row.blocked,
        "failed": row.failed,
        "ended": row.ended,
        "oldest": row.oldest.map(|moment| moment.to_string()),
        "last_started": row.last_started.map(|moment| moment.to_string()),
        "state": state,
        "offered": offered,
        "may_be_deleted": why_not.is_none(),
        "why_not": why_not,
    })
}

fn needed(live: u64, failed: u64) -> String {
    format!("{live} instances have not ended, and {failed} failed ones may be rewound")
}
