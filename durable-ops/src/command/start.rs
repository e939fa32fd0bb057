//! `durable start`.

use clap::{Args, ValueEnum};
use durable_core::client::{Client, ClientError, StartNamed};
use durable_core::hub::IdReuse;
use durable_core::{Payload, Version, WireName};
use serde_json::json;

use super::json_text;
use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::moment::{self, Moment};
use crate::{filter, output};

/// Start an instance of an orchestrator
///
/// The orchestrator's code is not here: whether the input fits it is found by the worker that takes the instance. Without
/// a version, that worker chooses its own current one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable start checkout --id order-42 --input '{\"cents\": 995}'
  durable start checkout@2 --input @order.json --tag shop=north
  durable start report --at 2026-12-01T06:00Z")]
pub(crate) struct Arguments {
    /// The orchestrator, and its version if it matters
    #[arg(value_name = "NAME[@VERSION]", value_parser = code)]
    code: (WireName, Option<Version>),
    /// The input: JSON, `@FILE`, or `-` for the standard input [default: null]
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// The instance's id [default: one that is drawn]
    #[arg(long)]
    id: Option<String>,
    /// A tag to find it by; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = filter::tag)]
    tag: Vec<(String, String)>,
    /// Let it begin at this moment: `2026-12-01T06:00Z` (UTC), or `2h` for in two hours
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    at: Option<Moment>,
    /// What happens if the id is taken
    #[arg(long, value_name = "RULE", default_value = "replace-ended")]
    on_existing: OnExisting,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a start does when the id is taken.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnExisting {
    /// It is refused
    Refuse,
    /// It is refused if that one runs; an ended one is replaced
    ReplaceEnded,
    /// That one is left as it is
    Use,
    /// That one is terminated and replaced
    Terminate,
}

impl From<OnExisting> for IdReuse {
    fn from(rule: OnExisting) -> Self {
        match rule {
            OnExisting::Refuse => Self::Reject,
            OnExisting::ReplaceEnded => Self::AllowIfEnded,
            OnExisting::Use => Self::UseExisting,
            OnExisting::Terminate => Self::TerminateExisting,
        }
    }
}

/// Parses `name` or `name@version`.
pub(super) fn code(text: &str) -> Result<(WireName, Option<Version>), String> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let version = version
        .map(Version::new)
        .transpose()
        .map_err(|error| error.to_string())?;
    Ok((filter::wire_name(name)?, version))
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let input = json_text::read("--input", given.input.as_deref())?;
    let input = Payload::encode(&input).map_err(ClientError::from)?;
    let client = connection.write().await?;
    let started = request(given, input, &client).acknowledged().await?;
    let id = started.instance.id();
    if given.json {
        output::say_json(&json!({
            "schema": 1,
            "instance": id.as_str(),
            "execution": started.execution.as_str(),
            "started": started.is_new,
        }))?;
    } else if started.is_new {
        output::say(format_args!("started `{id}`"))?;
        // So that a script needs no option to be told nothing but the id.
        output::note(format_args!("next: `durable watch {id}` follows it"));
    } else {
        output::say(format_args!("`{id}` is there already, and was left as it is"))?;
    }
    Ok(Exit::Ok)
}

fn request(given: &Arguments, input: Payload, client: &Client) -> StartNamed {
    let (name, version) = &given.code;
    let mut start = client
        .start_named(name.as_str(), input)
        .on_existing(given.on_existing.into());
    if let Some(id) = &given.id {
        start = start.id(id);
    }
    if let Some(version) = version {
        start = start.version(*version);
    }
    for (key, value) in &given.tag {
        start = start.tag(key, value);
    }
    match given.at {
        Some(Moment::At(moment)) => start.at(moment),
        Some(Moment::Off(span)) => start.after(span),
        None => start,
    }
}
