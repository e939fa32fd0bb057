//! An instance's row as columns, in the order in which .NET writes them.

use durable_core::history::{ChildPolicy, Tags};
use durable_core::hub::{BlockReport, InstanceRecord, InstanceStatus};
use durable_core::{FailureDetails, FailureOrigin, Payload, Timestamp};

use super::super::extras::policy_text;
use super::super::failure::{failure_object, failure_of_output, failure_output};
use super::super::json::{Json, Types};
use super::super::members::exact_name;
use super::super::nested::{parent_object, tags_json, type_tag};
use super::super::payload::payload_text;
use super::super::time::StoredTime;
use super::super::{WireError, escape, version_text};
use super::InstanceRow;
use super::status::status_text;
use crate::value::{Row, Value};

/// What stands between elements of a list. No execution id has it, because none has control characters.
pub(super) const SEPARATOR: char = '\n';

/// Columns that are being written.
pub(super) struct Columns(pub(super) Vec<(String, Value)>);

impl Columns {
    pub(super) fn push(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value));
    }

    pub(super) fn text(&mut self, name: &str, text: impl Into<String>) {
        self.push(name, Value::String(text.into()));
    }

    /// Writes a moment, and the core's count of one that no table holds.
    pub(super) fn time(&mut self, name: &str, at: Timestamp) {
        self.stored_time(name, StoredTime::of(at));
    }

    pub(super) fn stored_time(&mut self, name: &str, at: StoredTime) {
        self.push(name, Value::DateTime(at.ticks));
        if let Some(exact) = at.exact {
            self.push(&exact_name(name), Value::Int64(exact));
        }
    }

    /// Writes the tags, and the one that no map can hold.
    pub(super) fn tags(&mut self, tags: &Tags) {
        self.text("Tags", tags_json(tags).write(Types::Left));
        if let Some((name, Json::Text(value))) = type_tag(tags) {
            self.text(name, value);
        }
    }
}

/// Writes a row.
pub(super) fn write(from: &InstanceRow) -> Result<Row, WireError> {
    let record = &from.record;
    let mut columns = Columns(Vec::new());
    columns.text("Input", payload_text(&record.input));
    columns.stored_time(
        "CreatedTime",
        StoredTime::of(record.created_at).with_fine(from.created_fine),
    );
    columns.text("Name", record.name.as_str());
    columns.text("Version", version_text(&record.version));
    columns.text("RuntimeStatus", status_text(record.status));
    columns.time("LastUpdatedTime", record.updated_at);
    columns.text("TaskHubName", from.hub.as_str());
    if let Some(at) = record.scheduled_start {
        columns.time("ScheduledStartTime", at);
    }
    columns.text("ExecutionId", record.execution.as_str());
    if let Some(generation) = from.start_generation {
        columns.push("Generation", Value::Int32(generation));
    }
    columns.tags(&record.tags);
    if let Some(status) = &record.custom_status {
        columns.text("CustomStatus", custom_status_text(Some(status)));
    }
    if let Some(at) = record.ended_at {
        columns.time("CompletedTime", at);
    }
    write_output(record, from.told.as_deref(), &mut columns)?;
    write_own(from, &mut columns)?;
    let mut row = Row::new(escape(record.instance.as_str()), "");
    row.etag.clone_from(&from.etag);
    row.columns = columns.0;
    Ok(row)
}

/// Returns the text of a custom status; none is `null`. A status that is JSON's `null` is told apart.
pub(super) fn custom_status_text(status: Option<&Payload>) -> String {
    match status {
        None => "null".to_owned(),
        Some(status) => match payload_text(status) {
            // A space is nothing to JSON, and so nothing to other readers.
            text if is_none_like(&text) => text + " ",
            text => text,
        },
    }
}

/// Returns whether a text would be taken for no custom status, but for spaces.
pub(super) fn is_none_like(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

/// Writes how the instance ended, or what it was told before. The failure itself only if the output does not tell all of
/// it.
fn write_output(record: &InstanceRecord, told: Option<&str>, columns: &mut Columns) -> Result<(), WireError> {
    let output = match (&record.output, &record.failure) {
        (Some(output), _) => Some(payload_text(output)),
        (None, Some(failure)) if record.status == InstanceStatus::Terminated => Some(failure.message.clone()),
        (None, Some(failure)) => Some(failure_output(failure)),
        (None, None) => told.filter(|_| !record.status.is_ended()).map(str::to_owned),
    };
    if let Some(failure) = &record.failure {
        let told = output
            .as_deref()
            .and_then(|output| failure_told(record.status, output));
        if told.as_ref() != Some(failure) {
            columns.text("DurableFailure", failure_object(failure)?.write(Types::Left));
        }
    }
    if let Some(output) = output {
        columns.text("Output", output);
    }
    Ok(())
}

/// Returns the failure that others tell by state and output.
pub(super) fn failure_told(status: InstanceStatus, output: &str) -> Option<FailureDetails> {
    match status {
        InstanceStatus::Failed | InstanceStatus::Canceled => Some(failure_of_output(output)),
        InstanceStatus::Terminated => {
            Some(FailureDetails::new(FailureOrigin::Terminated, "Terminated", output).non_retriable())
        }
        InstanceStatus::Pending
        | InstanceStatus::Running
        | InstanceStatus::Suspended
        | InstanceStatus::Completed => None,
    }
}

/// Writes what the framework has no column for.
fn write_own(from: &InstanceRow, columns: &mut Columns) -> Result<(), WireError> {
    let record = &from.record;
    if record.event_count != 0 {
        let count = i64::try_from(record.event_count).unwrap_or(i64::MAX);
        columns.push("DurableEventCount", Value::Int64(count));
    }
    if record.generation != 0 {
        columns.push("DurableGeneration", Value::Int64(i64::from(record.generation)));
    }
    if let Some(parent) = &record.parent {
        columns.text("DurableParent", parent_object(parent).write(Types::Left));
    }
    if let Some(blocked) = &record.blocked {
        columns.text("DurableBlocked", block_text(blocked)?);
    }
    if !from.builds_tried.is_empty() {
        columns.text("DurableBuildsTried", join(&from.builds_tried));
    }
    if let Some(execution) = &from.started_as {
        columns.text("DurableStartedAs", execution.as_str());
    }
    if !from.rewound.is_empty() {
        columns.text("DurableRewound", join(&from.rewound));
    }
    if record.policy != ChildPolicy::default() {
        columns.text("DurablePolicy", policy_text(record.policy));
    }
    Ok(())
}

fn block_text(blocked: &BlockReport) -> Result<String, WireError> {
    serde_json::to_string(blocked).map_err(|error| WireError::Json {
        what: "the report of a block".to_owned(),
        problem: error.to_string(),
    })
}

fn join(items: &[impl ToString]) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.join(&SEPARATOR.to_string())
}
