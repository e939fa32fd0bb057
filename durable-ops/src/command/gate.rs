//! `durable gate`.

use std::time::Duration;

use clap::Args;
use durable_core::client::Client;
use durable_core::gate::{Admission, Gate, GateError, Passed, Scope, StatusCheck};
use durable_core::hub::{FenceId, FencedCode, InstanceQuery, InstanceRecord, InstanceStatus};
use durable_core::random::{Entropy as _, SystemEntropy};
use durable_core::{RecordedVersion, Version, WireName};
use serde_json::json;

use super::{list, start};
use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::interrupt::{self, Ended};
use crate::{filter, form, output, span};

/// What belongs to a gate, and has no meaning for its release.
const GATE: [&str; 10] = [
    "id",
    "orchestrator",
    "statuses",
    "interval",
    "timeout",
    "stabilize",
    "hold",
    "open",
    "reason",
    "json",
];

/// Wait until nothing that counts is in flight, and hold new instances back until the deployment is made
///
/// New instances are refused from the beginning, by a fence. When the gate has passed, the fence stays for `--hold`:
/// deploy, then take it down with `durable gate --release ID`. A gate that does not pass takes its fence down.
///
/// Exits with 0 when it has passed, and with 4 if something was in flight for the whole time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable gate --id release-7                        wait for everything
  durable gate --id release-7 --orchestrator checkout@1 --timeout 30m
  durable gate --release release-7                   the deployment is made")]
pub(crate) struct Arguments {
    /// The deployment's name, for its fence; a second gate of the same name takes it over [default: one that is drawn]
    #[arg(long, value_name = "ID", value_parser = fence_id)]
    id: Option<FenceId>,
    /// Count and hold back only this orchestrator; may be repeated [default: all]
    #[arg(long, value_name = "NAME[@VERSION]", value_parser = start::code)]
    orchestrator: Vec<(WireName, Option<Version>)>,
    /// The states that count: pending, running, suspended, and failed
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = filter::status, default_value = "pending,running,suspended")]
    statuses: Vec<InstanceStatus>,
    /// How long between two looks
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "30s")]
    interval: Duration,
    /// When to give up
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "2h")]
    timeout: Duration,
    /// For how long nothing may be in flight before it passes
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "10s")]
    stabilize: Duration,
    /// For how long the fence stays up after it has passed
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "10m")]
    hold: Duration,
    /// Let new instances begin until a look finds none in flight; a busy orchestrator never comes to that
    #[arg(long)]
    open: bool,
    /// What whoever is refused is told
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Take the fence of a gate down, and do nothing else
    #[arg(long, value_name = "ID", value_parser = fence_id, conflicts_with_all = GATE)]
    release: Option<FenceId>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

fn fence_id(text: &str) -> Result<FenceId, String> {
    FenceId::new(text).map_err(|error| error.to_string())
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    match &given.release {
        Some(id) => release(id, connection).await,
        None => wait(given, connection).await,
    }
}

async fn release(id: &FenceId, connection: &Connection) -> Result<Exit, Error> {
    if connection.write().await?.lower_fence(id).await? {
        output::say(format_args!("the fence `{id}` is down: new instances begin"))?;
        return Ok(Exit::Ok);
    }
    Err(Error::refused(
        format!("no fence `{id}` is up"),
        "it may have fallen at its time; `durable fences` shows those that are up",
    ))
}

async fn wait(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let gate = gate(given)?;
    let client = connection.write().await?;
    let mut told = None;
    let waiting = gate.wait(client.hub().as_ref(), |check| {
        // A gate may look hundreds of times: only what is new is told.
        if told.as_ref() != Some(check) {
            output::note(seen(check));
            told = Some(check.clone());
        }
    });
    match interrupt::wait(waiting, None).await {
        Ended::Done(Ok(passed)) => pass(given, &passed),
        Ended::Done(Err(GateError::TimedOut { check, waited })) => {
            if given.json {
                output::say_json(&json!({"schema": 1, "passed": false, "check": check, "fence": null}))?;
            }
            let waited = span::text(waited);
            let problem = format!("after {waited}, {} still in flight", instances(check.in_flight()));
            let oldest = in_flight(given, &client).await?;
            output::note(format_args!("{oldest}\n"));
            Err(Error::timed_out(
                problem,
                "the fence is down, and nothing was deployed; let these end, or give a longer `--timeout`",
            ))
        }
        Ended::Done(Err(GateError::Hub(error))) => Err(error.into()),
        Ended::Done(Err(other)) => Err(Error::failed(other.to_string(), "try again")),
        Ended::Interrupted | Ended::TimedOut => {
            client.lower_fence(&gate.id).await?;
            Err(Error::interrupted(
                "interrupted",
                format!("the fence `{}` is down, and new instances begin", gate.id),
            ))
        }
    }
}

fn gate(given: &Arguments) -> Result<Gate, Error> {
    let id = match &given.id {
        Some(id) => id.clone(),
        None => FenceId::new(&format!("gate-{:08x}", SystemEntropy.draw() >> 96))
            .map_err(|error| Error::usage(error.to_string(), "give a name with `--id`"))?,
    };
    let codes = given.orchestrator.iter().cloned();
    let scope = Scope::default()
        .of(codes.map(|(name, version)| FencedCode { name, version }))
        .with_statuses(given.statuses.iter().copied())
        .map_err(|error| Error::usage(error.to_string(), "leave the others out of `--statuses`"))?;
    let mut gate = Gate::new(id);
    gate.scope = scope;
    (gate.interval, gate.timeout) = (given.interval, given.timeout);
    (gate.stabilize, gate.hold) = (given.stabilize, given.hold);
    if given.open {
        gate.admission = Admission::OpenUntilIdle;
    }
    if let Some(reason) = &given.reason {
        gate.reason.clone_from(reason);
    }
    Ok(gate)
}

fn pass(given: &Arguments, passed: &Passed) -> Result<Exit, Error> {
    let fence = &passed.fence;
    if given.json {
        let fence = form::fence(fence);
        output::say_json(&json!({"schema": 1, "passed": true, "check": passed.check, "fence": fence}))?;
    } else {
        output::say(format_args!(
            "passed: nothing is in flight, and new instances are held back until {}",
            fence.until
        ))?;
        output::note(format_args!(
            "next: deploy, then `durable gate --release {}`",
            fence.id
        ));
    }
    Ok(Exit::Ok)
}

/// Words a look.
fn seen(check: &StatusCheck) -> String {
    if !check.has_running {
        return "nothing is in flight; waiting whether it stays so".to_owned();
    }
    let counts = check.counts.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(status, count)| format!("{count} {}", status.to_string().to_lowercase()))
        .collect();
    let oldest = check.oldest.map(|oldest| format!("; the oldest since {oldest}"));
    format!(
        "waiting for {}: {}{}",
        instances(check.in_flight()),
        counts.join(", "),
        oldest.unwrap_or_default()
    )
}

fn instances(count: u64) -> String {
    format!("{count} {}", if count == 1 { "instance" } else { "instances" })
}

/// Returns the oldest instances that the gate waited for.
async fn in_flight(given: &Arguments, client: &Client) -> Result<String, Error> {
    let versions: Option<Vec<Version>> = given.orchestrator.iter().map(|(_, version)| *version).collect();
    let versions = versions.filter(|versions| !versions.is_empty());
    let versions = versions.map(|versions| versions.into_iter().map(RecordedVersion::Known));
    let found = client.hub().query(InstanceQuery {
        names: given.orchestrator.iter().map(|(name, _)| name.clone()).collect(),
        // A blank one may turn out to be any.
        versions: versions.map_or_else(Vec::new, |known| known.chain([RecordedVersion::Blank]).collect()),
        statuses: given.statuses.clone(),
        page_size: Some(100),
        ..InstanceQuery::default()
    });
    // Names and versions are asked for apart from each other, so that `a@1` and `b@2` also find `a@2`.
    let counts = |record: &InstanceRecord| {
        let same = |(name, version): &(WireName, Option<Version>)| {
            let version = version.is_none_or(|version| match &record.version {
                RecordedVersion::Known(own) => *own == version,
                RecordedVersion::Blank => true,
                RecordedVersion::Foreign(_) => false,
            });
            *name == record.name && version
        };
        given.orchestrator.is_empty() || given.orchestrator.iter().any(same)
    };
    let oldest: Vec<_> = found.await?.items.into_iter().filter(counts).take(10).collect();
    Ok(list::rows(&oldest))
}
