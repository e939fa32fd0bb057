//! `durable list`.

use clap::Args;
use durable_core::hub::{InstanceRecord, PageToken};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::filter::Filter;
use crate::table::{self, Cell, Table};
use crate::{form, output};

/// List instances, in the order in which they were started
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable list --status failed,terminated --started-after 24h
  durable list --name checkout --version 1 --tag shop=north
  durable list --all --json | jq '.instances[].instance'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    filter: Filter,
    /// Only instances that have not ended
    #[arg(long, conflicts_with = "status")]
    live: bool,
    /// The most instances of one page
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u16).range(1..=1000))]
    page_size: u16,
    /// Go on where a page ended
    #[arg(long, value_name = "TOKEN", conflicts_with = "all")]
    page: Option<String>,
    /// List all pages
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.read().await?;
    let mut query = given.filter.query(client.hub().clock().now());
    if given.live {
        query.statuses = live();
    }
    query.page_size = Some(usize::from(given.page_size));
    query.after = given.page.clone().map(PageToken);
    let mut found = Vec::new();
    let next = loop {
        let mut page = client.hub().query(query.clone()).await?;
        found.append(&mut page.items);
        if page.next.is_none() || !given.all {
            break page.next;
        }
        query.after = page.next;
    };
    if given.json {
        let instances: Vec<Value> = found.iter().map(form::instance).collect();
        let next = next.map(|token| token.0);
        output::say_json(&json!({"schema": 1, "instances": instances, "next": next}))?;
        return Ok(Exit::Ok);
    }
    if found.is_empty() {
        let nothing = if given.page.is_some() {
            "no more instances"
        } else {
            "no instances match"
        };
        output::say(nothing)?;
        return Ok(Exit::Ok);
    }
    output::say(rows(&found))?;
    if let Some(token) = next {
        output::note(format_args!("\nmore: the same command with `--page {}`", token.0));
    }
    Ok(Exit::Ok)
}

fn live() -> Vec<durable_core::hub::InstanceStatus> {
    let all = durable_core::hub::InstanceStatus::ALL.into_iter();
    all.filter(|status| !status.is_ended()).collect()
}

/// Returns instances as a table.
pub(super) fn rows(found: &[InstanceRecord]) -> String {
    let mut table = Table::new(["ID", "ORCHESTRATOR", "STATUS", "STARTED", "CHANGED", "EVENTS"]).right([5]);
    for record in found {
        table.push([
            record.instance.as_str().into(),
            form::code(&record.name, &record.version).into(),
            status(record),
            record.created_at.to_string().into(),
            record.updated_at.to_string().into(),
            record.event_count.to_string().into(),
        ]);
    }
    table.text()
}

/// Returns the state, and what keeps the instance from going on.
fn status(record: &InstanceRecord) -> Cell {
    if record.blocked.is_some() {
        return Cell::from(format!("{}, blocked", record.status)).coloured(table::RED);
    }
    if record.stalled_since.is_some() {
        return Cell::from(format!("{}, stalled", record.status)).coloured(table::RED);
    }
    Cell::status(record.status)
}
