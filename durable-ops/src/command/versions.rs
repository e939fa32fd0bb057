//! `durable versions`.

use clap::Args;
use durable_core::hub::VersionCount;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::{self, Cell, Table};
use crate::{form, output};

/// Show how many instances each version has, and whether a worker serves it
///
/// Failed instances count as needing their version: they may be rewound. Your program's own `durable versions` knows, too,
/// which versions are current and which may be deleted from its code.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let counts = connection.read().await?.version_counts().await?;
    if given.json {
        let versions: Vec<Value> = counts.iter().map(form::version).collect();
        output::say_json(&json!({"schema": 1, "versions": versions}))?;
        return Ok(Exit::Ok);
    }
    if counts.is_empty() {
        output::say("the hub has no instances")?;
        return Ok(Exit::Ok);
    }
    let heads = [
        "ORCHESTRATOR",
        "PENDING",
        "RUNNING",
        "WAITING",
        "SUSPENDED",
        "BLOCKED",
        "FAILED",
        "ENDED",
        "OLDEST",
        "STATE",
    ];
    let mut table = Table::new(heads).right(1..=7);
    for count in counts {
        let number = |number: u64| {
            Cell::from(if number == 0 {
                "-".to_owned()
            } else {
                number.to_string()
            })
        };
        table.push([
            form::code(&count.name, &count.version).into(),
            number(count.pending),
            number(count.running),
            number(count.waiting),
            number(count.suspended),
            number(count.blocked),
            number(count.failed),
            number(count.ended),
            count
                .oldest
                .map_or_else(|| "-".to_owned(), |oldest| oldest.to_string())
                .into(),
            state(&count),
        ]);
    }
    output::say(table.text())?;
    Ok(Exit::Ok)
}

/// Says whether anybody needs the version, and whether somebody serves it.
fn state(count: &VersionCount) -> Cell {
    match (count.live() > 0, count.failed > 0, count.offered) {
        (true, _, true) => Cell::from("served"),
        (true, _, false) => Cell::from("no worker").coloured(table::RED),
        (false, true, _) => Cell::from("failed ones only").coloured(table::YELLOW),
        (false, false, _) => Cell::from("drained"),
    }
}
