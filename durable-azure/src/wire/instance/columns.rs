//! An instance's row as columns, in the order in which .NET writes them.

use durable_core::history::{ChildPolicy, Tags};
use durable_core::hub::{BlockReport, InstanceRecord, InstanceStatus};
use durable_core::{BuildId, ExecutionId, FailureDetails, FailureOrigin, NameError, Payload, Timestamp};

use super::super::extras::{policy_text, read_policy};
use super::super::failure::{failure_object, failure_of_output, failure_output, read_failure};
use super::super::history::refuse_moved;
use super::super::json::{Json, Object, Types, parse};
use super::super::members::{Members, exact_name};
use super::super::nested::{parent_object, read_parent, read_tags, tags_json, type_tag};
use super::super::payload::{payload_text, read_payload};
use super::super::time::StoredTime;
use super::super::{WireError, escape, unescape, version_text};
use super::InstanceRow;
use super::status::{read_status, status_text};
use crate::value::{Row, Value};

const WHAT: &str = "the instance's row";

/// What stands between elements of a list. No execution id has it, because none has control characters.
const SEPARATOR: char = '\n';

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
    write_output(record, &mut columns)?;
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
fn is_none_like(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

fn read_custom_status(text: &str) -> Result<Option<Payload>, WireError> {
    let text = match text {
        "" | "null" => return Ok(None),
        text if is_none_like(text) => text.strip_suffix(' ').unwrap_or(text),
        text => text,
    };
    payload("CustomStatus", text).map(Some)
}

/// Writes how the instance ended. The failure itself only if the output does not tell all of it.
fn write_output(record: &InstanceRecord, columns: &mut Columns) -> Result<(), WireError> {
    let output = match (&record.output, &record.failure) {
        (Some(output), _) => Some(payload_text(output)),
        (None, Some(failure)) if record.status == InstanceStatus::Terminated => Some(failure.message.clone()),
        (None, Some(failure)) => Some(failure_output(failure)),
        (None, None) => None,
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
fn failure_told(status: InstanceStatus, output: &str) -> Option<FailureDetails> {
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
    if from.policy != ChildPolicy::default() {
        columns.text("DurablePolicy", policy_text(from.policy));
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

/// Reads a row.
pub(super) fn read(row: &Row) -> Result<InstanceRow, WireError> {
    refuse_moved(row, WHAT)?;
    let object = object_of(row)?;
    let members = Members::new(WHAT, &object);
    let status = members
        .text("RuntimeStatus")?
        .ok_or_else(|| members.missing("RuntimeStatus"))?;
    let status = read_status(status).ok_or_else(|| members.unknown(status))?;
    let output = row.text("Output").filter(|output| !output.is_empty());
    let failure = match members.object("DurableFailure")? {
        Some(failure) => Some(read_failure(WHAT, failure)?),
        None => failure_told(status, output.unwrap_or_default()),
    };
    let parent = members.object("DurableParent")?;
    let record = InstanceRecord {
        instance: name("PartitionKey", &unescape(&row.partition_key))?,
        execution: members.name("ExecutionId")?,
        generation: members.small("DurableGeneration")?.unwrap_or_default(),
        name: members.name("Name")?,
        version: members.version("Version")?,
        status,
        created_at: members.time("CreatedTime")?,
        updated_at: members.time("LastUpdatedTime")?,
        ended_at: members
            .optional_time("CompletedTime")?
            .filter(|_| status.is_ended()),
        scheduled_start: members.optional_time("ScheduledStartTime")?,
        input: members.payload("Input")?,
        output: match status {
            // Others leave an output out that is null.
            InstanceStatus::Completed => Some(read_output(row.text("Output"))?),
            _ => None,
        },
        failure,
        custom_status: read_custom_status(row.text("CustomStatus").unwrap_or_default())?,
        tags: read_tags(members, "Tags")?,
        parent: parent.map(|parent| read_parent(WHAT, parent)).transpose()?,
        blocked: read_block(row.text("DurableBlocked").unwrap_or_default())?,
        stalled_since: None,
        owner: None,
        event_count: members.small("DurableEventCount")?.unwrap_or_default(),
    };
    Ok(InstanceRow {
        hub: members.text_or_empty("TaskHubName")?,
        start_generation: members.small("Generation")?,
        started_as: members
            .text("DurableStartedAs")?
            .map(|text| name("DurableStartedAs", text))
            .transpose()?,
        rewound: split(row, "DurableRewound", |text| {
            name::<ExecutionId>("DurableRewound", text)
        })?,
        policy: read_policy(members)?,
        builds_tried: split(row, "DurableBuildsTried", read_build)?,
        created_fine: members.fine("CreatedTime")?,
        etag: row.etag.clone(),
        record,
    })
}

/// The columns that are JSON text of an object.
const OBJECTS: [&str; 3] = ["Tags", "DurableFailure", "DurableParent"];

/// The columns in which an empty text is something else than none.
const TEXTS: [&str; 4] = ["Input", "Version", "TaskHubName", "DurableTypeTag"];

/// Reads the columns as an object. A text that is empty is none: a merge cannot remove a column.
fn object_of(row: &Row) -> Result<Object, WireError> {
    let mut object = Object::default();
    for (name, value) in &row.columns {
        let value = match value {
            Value::String(text) if text.is_empty() && !TEXTS.contains(&name.as_str()) => continue,
            Value::String(text) if OBJECTS.contains(&name.as_str()) => {
                parse(&format!("`{name}` of {WHAT}"), text)?
            }
            Value::String(text) | Value::Guid(text) => text.as_str().into(),
            Value::Bool(flag) => (*flag).into(),
            Value::Int32(number) => (*number).into(),
            Value::Int64(number) => (*number).into(),
            Value::DateTime(at) => (*at).into(),
            Value::Double(_) | Value::Binary(_) => continue,
        };
        object.members.push((name.clone(), value));
    }
    Ok(object)
}

/// Returns the value by which a merge says that a column is gone, if there is one that is read so.
pub(super) fn nothing(column: &str, value: &Value) -> Option<Value> {
    match (column, value) {
        (_, Value::String(_)) if !TEXTS.contains(&column) => Some(Value::String(String::new())),
        ("DurableEventCount" | "DurableGeneration", _) => Some(Value::Int64(0)),
        _ => None,
    }
}

fn name<T: for<'t> TryFrom<&'t str, Error = NameError>>(column: &str, text: &str) -> Result<T, WireError> {
    T::try_from(text).map_err(|source| WireError::Name {
        what: WHAT.to_owned(),
        member: column.to_owned(),
        source,
    })
}

fn payload(column: &str, text: &str) -> Result<Payload, WireError> {
    read_payload(Some(text)).map_err(|source| WireError::Payload {
        what: WHAT.to_owned(),
        member: column.to_owned(),
        source,
    })
}

fn read_output(text: Option<&str>) -> Result<Payload, WireError> {
    text.map_or_else(|| Ok(Payload::unit()), |text| payload("Output", text))
}

fn read_block(text: &str) -> Result<Option<BlockReport>, WireError> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| WireError::Json {
            what: format!("`DurableBlocked` of {WHAT}"),
            problem: error.to_string(),
        })
}

fn read_build(text: &str) -> Result<BuildId, WireError> {
    let number = u64::from_str_radix(text, 16).map_err(|_| WireError::Kind {
        what: WHAT.to_owned(),
        member: "DurableBuildsTried".to_owned(),
        expected: "a list of builds",
    });
    number.map(BuildId)
}

fn split<T>(
    row: &Row,
    column: &str,
    read: impl Fn(&str) -> Result<T, WireError>,
) -> Result<Vec<T>, WireError> {
    let text = row.text(column).unwrap_or_default();
    let parts = text.split(SEPARATOR).filter(|part| !part.is_empty());
    parts.map(read).collect()
}
