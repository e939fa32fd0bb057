//! `durable watch`.

use std::time::Duration;

use clap::Args;
use durable_core::client::ClientError;
use durable_core::hub::{InstanceRecord, InstanceStatus};
use serde_json::Value;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::interrupt::{self, Ended};
use crate::table::{colour, paint};
use crate::{clean, filter, form, output, span};

/// Follow an instance, a line for each change, until it has ended
///
/// Exits with 0 if it completed, or came to the state that was waited for; with 1 if it ended otherwise.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Wait for this state instead of the end
    #[arg(long, value_name = "STATE", value_parser = filter::status)]
    until: Option<InstanceStatus>,
    /// Give up after this time, with exit code 4
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    timeout: Option<Duration>,
    /// Print each change as one line of JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.read().await?;
    let instance = client.instance(&given.id)?;
    let follow = async {
        let mut seen: Option<InstanceRecord> = None;
        loop {
            let changed = |record: &InstanceRecord| seen.as_ref() != Some(record);
            let record = instance.wait_until(changed).await?;
            tell(&record, given.json)?;
            if given.until == Some(record.status) || record.status.is_ended() {
                return Ok::<_, Error>(record);
            }
            seen = Some(record);
        }
    };
    match interrupt::wait(follow, given.timeout).await {
        Ended::Done(record) => {
            let record = record?;
            let wanted = given.until.unwrap_or(InstanceStatus::Completed);
            Ok(if record.status == wanted {
                Exit::Ok
            } else {
                Exit::Negative
            })
        }
        Ended::TimedOut => {
            let record = instance.status().await.map(|record| record.status.to_string());
            let status = record.unwrap_or_else(|_: ClientError| "gone".to_owned());
            Err(Error::timed_out(
                format!("`{}` is still {status}", given.id),
                format!("`durable history {}` shows what it waits for", given.id),
            ))
        }
        Ended::Interrupted => Err(Error::interrupted(
            "interrupted",
            format!(
                "`{}` goes on by itself; `durable watch {0}` follows it again",
                given.id
            ),
        )),
    }
}

fn tell(record: &InstanceRecord, json: bool) -> Result<(), Error> {
    if json {
        let Value::Object(mut line) = form::instance(record) else {
            return Ok(());
        };
        line.insert("schema".to_owned(), 1.into());
        // One line each, so that a program reads them as they come.
        return output::say(Value::Object(line));
    }
    let mut text = format!(
        "{}  {}  {} events",
        record.updated_at,
        paint(
            colour(record.status),
            &format!("{:10}", record.status.to_string())
        ),
        record.event_count
    );
    if let Some(custom) = &record.custom_status {
        text = format!("{text}  status {}", clean::payload(custom, false));
    }
    if let Some(report) = &record.blocked {
        let first = report.message.lines().next().unwrap_or_default();
        text = format!("{text}  blocked: {}", clean::short(first, false));
    }
    if record.stalled_since.is_some() {
        text = format!(
            "{text}  stalled: no live worker has {}",
            form::code(&record.name, &record.version)
        );
    }
    if let Some(output) = &record.output {
        text = format!("{text}  output {}", clean::payload(output, false));
    }
    if let Some(failure) = &record.failure {
        text = format!("{text}  {}", clean::short(&failure.to_string(), false));
    }
    output::say(text)
}
