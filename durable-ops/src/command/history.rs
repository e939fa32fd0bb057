//! `durable history`.

use clap::Args;
use durable_core::history::Event;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::{colour, paint};
use crate::{form, output, span, timeline};

/// Show what an instance did: a line for each call, timer and event, with its duration and what came of it
///
/// A hub keeps the history of the current execution: continue-as-new, restart and rewind replace it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Show payloads in full
    #[arg(long)]
    full: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "full")]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.read().await?;
    let instance = client.instance(&given.id)?;
    let record = instance.status().await?;
    // An instance that has made no turn has no history yet.
    let history = client.hub().history(&record.instance, None).await?;
    let events = history.map(|history| history.events).unwrap_or_default();
    let items = timeline::read(&events);
    let waits = timeline::waits_for(&client, &record, &items).await?;
    let waits = timeline::wait_lines(&record, &waits);
    if given.json {
        let items: Vec<Value> = items.iter().map(timeline::as_json).collect();
        output::say_json(&json!({
            "schema": 1,
            "instance": record.instance.as_str(),
            "execution": record.execution.as_str(),
            "status": record.status,
            "timeline": items,
            "waits_for": waits,
            "events": stored(&events)?,
        }))?;
        return Ok(Exit::Ok);
    }
    let until = record.ended_at.unwrap_or(record.updated_at);
    let took = span::text(until.saturating_since(record.created_at));
    output::say(format_args!(
        "{}  {}  {}\n{} to {until} ({took}), {} events\n",
        record.instance,
        form::code(&record.name, &record.version),
        paint(colour(record.status), &record.status.to_string()),
        record.created_at,
        events.len()
    ))?;
    if items.is_empty() {
        output::say("nothing has happened yet")?;
    } else {
        output::say(timeline::table(&items, given.full))?;
    }
    if !waits.is_empty() {
        output::say(format_args!("\nwaits for\n  {}", waits.join("\n  ")))?;
    }
    Ok(Exit::Ok)
}

/// Returns the events in the form of `docs/history-format.md`.
fn stored(events: &[Event]) -> Result<Vec<Value>, Error> {
    let values: Result<Vec<Value>, _> = events.iter().map(serde_json::to_value).collect();
    values.map_err(|error| {
        Error::failed(
            format!("the history cannot be written: {error}"),
            "leave out `--json`",
        )
    })
}
