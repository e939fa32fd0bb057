//! `durable purge`.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use durable_core::client::Client;
use durable_core::hub::{InstanceQuery, InstanceStatus};
use serde_json::json;

use super::list;
use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::filter::Filter;
use crate::output;

/// How many instances are removed in one piece: small enough that the bar moves and others' writes come between.
const PIECE: usize = 500;

/// Remove ended instances with their histories: by id, or all that match
///
/// Only ended ones are removed, and their ended sub-orchestrations with them. By filter it asks before, or needs `--yes`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable purge order-41 order-42
  durable purge --status completed --ended-before 30d --dry-run
  durable purge --status completed --ended-before 30d --yes")]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the command")]
pub(crate) struct Arguments {
    /// The instances
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// Remove everything that has ended
    #[arg(long, conflicts_with = "ids")]
    everything: bool,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    match (given.ids.is_empty(), given.filter.is_empty()) {
        (false, false) => Err(Error::usage("ids and filters are given", "give either of them")),
        (false, true) => by_id(given, connection).await,
        (true, true) if !given.everything => Err(Error::usage(
            "what is to be removed?",
            "give ids or filters, or `--everything` that has ended",
        )),
        (true, _) => by_filter(given, connection).await,
    }
}

async fn by_id(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    if given.dry_run {
        let client = connection.read().await?;
        let mut found = Vec::new();
        for id in &given.ids {
            found.push(client.instance(id)?.status().await?);
        }
        let running = found.iter().find(|record| !record.status.is_ended());
        if let Some(record) = running {
            return Err(Error::refused(
                format!(
                    "instance `{}` is {}: only ended ones are removed",
                    record.instance, record.status
                ),
                "end it first: `durable cancel ID` or `durable terminate ID`",
            ));
        }
        return told(given, 0, Some(found.len()), Some(list::rows(&found)));
    }
    let client = connection.write().await?;
    let mut purged = 0;
    for id in &given.ids {
        purged += client.purge(id).await?.purged;
    }
    told(given, purged, None, None)
}

async fn by_filter(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    if let Some(live) = given.filter.statuses().iter().find(|status| !status.is_ended()) {
        return Err(Error::usage(
            format!("only ended instances are removed, and {live} ones have not ended"),
            "leave it out of `--status`; `durable terminate ID` ends an instance",
        ));
    }
    let client = if given.dry_run {
        connection.read().await?
    } else {
        connection.write().await?
    };
    let mut query = given.filter.query(client.hub().clock().now());
    if query.statuses.is_empty() {
        query.statuses = InstanceStatus::ALL
            .into_iter()
            .filter(|status| status.is_ended())
            .collect();
    }
    let (count, first) = count(&client, &query).await?;
    if given.dry_run {
        return told(given, 0, Some(count), (count > 0).then_some(first));
    }
    if count == 0 {
        return told(given, 0, None, None);
    }
    if !given.yes && !confirmed(count)? {
        return Err(Error::refused("nothing was removed", "say `y`, or give `--yes`"));
    }
    query.page_size = Some(PIECE);
    let (mut purged, mut complete) = (0, false);
    while !complete {
        let part = client.hub().purge_matching(query.clone()).await?;
        purged += part.purged;
        complete = part.complete || part.purged == 0;
        if output::is_watched() {
            draw(purged, count);
        }
    }
    if output::is_watched() {
        let _ = write!(std::io::stderr(), "\r\x1b[2K");
    }
    told(given, purged, None, None)
}

/// Counts what matches, and returns the first of them as a table.
async fn count(client: &Client, query: &InstanceQuery) -> Result<(usize, String), Error> {
    let (mut query, mut count, mut first) = (query.clone(), 0, None);
    query.page_size = Some(PIECE);
    loop {
        let page = client.hub().query(query.clone()).await?;
        count += page.items.len();
        first.get_or_insert_with(|| list::rows(page.items.get(..20).unwrap_or(&page.items)));
        query.after = page.next;
        if query.after.is_none() {
            return Ok((count, first.unwrap_or_default()));
        }
    }
}

fn confirmed(count: usize) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::usage(
            format!(
                "{} would be removed, and nobody is there to be asked",
                instances(count)
            ),
            "give `--yes`; `--dry-run` shows them",
        ));
    }
    let _ = write!(
        std::io::stderr(),
        "Remove {} with their histories? [y/N] ",
        instances(count)
    );
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Error::failed(format!("the answer cannot be read: {error}"), "give `--yes`"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Draws how far it is. Sub-orchestrations are removed with their callers, so it may be more than was counted.
fn draw(purged: u64, count: usize) {
    const WIDTH: usize = 30;
    let purged = usize::try_from(purged).unwrap_or(usize::MAX);
    let total = count.max(purged).max(1);
    let filled = purged.saturating_mul(WIDTH) / total;
    let bar = format!("{}{}", "=".repeat(filled), " ".repeat(WIDTH - filled));
    // Nobody reads it if it cannot be written.
    let _ = write!(std::io::stderr(), "\r\x1b[2K[{bar}] {purged}/{total}");
}

fn told(given: &Arguments, purged: u64, would: Option<usize>, first: Option<String>) -> Result<Exit, Error> {
    if given.json {
        output::say_json(&json!({"schema": 1, "purged": purged, "would_purge": would}))?;
        return Ok(Exit::Ok);
    }
    if let Some(first) = first {
        output::say(first)?;
        output::say("")?;
    }
    match would {
        Some(count) => output::say(format_args!("{} would be removed", instances(count)))?,
        None => output::say(format_args!(
            "{} removed",
            instances(usize::try_from(purged).unwrap_or(usize::MAX))
        ))?,
    }
    Ok(Exit::Ok)
}

fn instances(count: usize) -> String {
    format!("{count} {}", if count == 1 { "instance" } else { "instances" })
}
