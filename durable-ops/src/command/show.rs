//! `durable show`.

use clap::Args;
use durable_core::hub::InstanceRecord;
use serde_json::json;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::{colour, paint};
use crate::{clean, form, output, span};

/// Show what the hub knows of one instance
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
    let record = client.instance(&given.id)?.status().await?;
    if given.json {
        output::say_json(&json!({"schema": 1, "instance": form::instance(&record)}))?;
    } else {
        output::say(text(&record, given.full))?;
    }
    Ok(Exit::Ok)
}

fn text(record: &InstanceRecord, full: bool) -> String {
    let mut lines: Vec<(&str, String)> = vec![
        ("instance", record.instance.to_string()),
        ("orchestrator", form::code(&record.name, &record.version)),
        ("status", paint(colour(record.status), &record.status.to_string())),
        ("started", record.created_at.to_string()),
    ];
    if let Some(due) = record.scheduled_start {
        lines.push(("scheduled for", due.to_string()));
    }
    match record.ended_at {
        Some(ended) => {
            let took = span::text(ended.saturating_since(record.created_at));
            lines.push(("ended", format!("{ended}, after {took}")));
        }
        None => lines.push(("last change", record.updated_at.to_string())),
    }
    lines.push(("execution", record.execution.to_string()));
    if record.generation > 0 {
        lines.push(("continued as new", format!("{} times", record.generation)));
    }
    lines.push(("history", format!("{} events", record.event_count)));
    if let Some(parent) = &record.parent {
        let task = parent.task.0;
        lines.push((
            "called by",
            format!(
                "{} ({}), task #{task}",
                parent.instance,
                form::code(&parent.name, &parent.version)
            ),
        ));
    }
    if let Some(owner) = &record.owner {
        lines.push(("worker", owner.to_string()));
    }
    for (key, value) in &record.tags {
        lines.push(("tag", clean::line(&format!("{key}={value}"))));
    }
    lines.push(("input", clean::payload(&record.input, full)));
    if let Some(custom) = &record.custom_status {
        lines.push(("custom status", clean::payload(custom, full)));
    }
    if let Some(output) = &record.output {
        lines.push(("output", clean::payload(output, full)));
    }
    if let Some(failure) = &record.failure {
        lines.push(("failure", clean::short(&failure.to_string(), full)));
        lines.extend(
            failure
                .causes
                .iter()
                .map(|cause| ("because", clean::short(&cause.message, full))),
        );
    }
    lines.extend(stuck(record));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(name, value)| {
            format!(
                "{name:width$}  {}",
                value.replace('\n', &format!("\n{:width$}  ", ""))
            )
        })
        .collect();
    lines.join("\n")
}

/// Says what keeps it from going on.
fn stuck(record: &InstanceRecord) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(report) = &record.blocked {
        lines.push((
            "blocked",
            format!("since {}: {}", report.since, clean::lines(&report.message)),
        ));
        if let Some(place) = &report.place {
            lines.push(("at", clean::line(place)));
        }
        lines.push((
            "next",
            format!("repair the code, then `durable resume {}`", record.instance),
        ));
    }
    if let Some(since) = record.stalled_since {
        lines.push((
            "stalled",
            format!(
                "since {since}: no live worker has {}",
                form::code(&record.name, &record.version)
            ),
        ));
    }
    lines
}
