//! `durable stalled`.

use clap::Args;
use durable_core::hub::{InstanceQuery, InstanceRecord};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::Table;
use crate::{clean, form, output};

/// List what cannot go on by itself: no worker has its version, or its code does not fit its history
///
/// Exits with 1 if there is any.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.read().await?;
    let stalled = InstanceQuery {
        stalled: Some(true),
        blocked: Some(false),
        ..InstanceQuery::default()
    };
    let blocked = InstanceQuery {
        blocked: Some(true),
        ..InstanceQuery::default()
    };
    let mut found = Vec::new();
    for mut query in [stalled, blocked] {
        loop {
            let mut page = client.hub().query(query.clone()).await?;
            found.append(&mut page.items);
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
    }
    if given.json {
        let instances: Vec<Value> = found.iter().map(form::instance).collect();
        output::say_json(&json!({"schema": 1, "instances": instances}))?;
    } else if found.is_empty() {
        output::say("nothing is stalled or blocked")?;
    } else {
        output::say(rows(&found))?;
        output::note(
            "\nnext: start a worker that has the version; for blocked ones repair the code, then `durable resume ID`",
        );
    }
    Ok(if found.is_empty() {
        Exit::Ok
    } else {
        Exit::Negative
    })
}

fn rows(found: &[InstanceRecord]) -> String {
    let mut table = Table::new(["ID", "ORCHESTRATOR", "SINCE", "WHY"]);
    for record in found {
        let (since, why) = match (&record.blocked, record.stalled_since) {
            (Some(report), _) => {
                let first = report.message.lines().next().unwrap_or_default();
                (
                    Some(report.since),
                    format!("blocked: {}", clean::short(first, false)),
                )
            }
            (None, since) => (since, "no live worker has this version".to_owned()),
        };
        table.push([
            record.instance.as_str().into(),
            form::code(&record.name, &record.version).into(),
            since
                .map_or_else(|| "-".to_owned(), |since| since.to_string())
                .into(),
            why.into(),
        ]);
    }
    table.text()
}
