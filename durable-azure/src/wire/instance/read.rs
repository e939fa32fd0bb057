//! Columns as an instance's row, whoever wrote them.

use durable_core::hub::{BlockReport, InstanceRecord, InstanceStatus};
use durable_core::{BuildId, ExecutionId, NameError, Payload};

use super::super::extras::read_policy;
use super::super::failure::read_failure;
use super::super::history::refuse_moved;
use super::super::json::{Object, parse};
use super::super::members::Members;
use super::super::nested::{read_parent, read_tags};
use super::super::payload::read_payload;
use super::super::{WireError, unescape};
use super::InstanceRow;
use super::columns::{SEPARATOR, failure_told, is_none_like};
use super::status::read_status;
use crate::value::{Row, Value};

const WHAT: &str = "the instance's row";

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
        policy: read_policy(members)?.unwrap_or_default(),
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

fn read_custom_status(text: &str) -> Result<Option<Payload>, WireError> {
    let text = match text {
        "" | "null" => return Ok(None),
        text if is_none_like(text) => text.strip_suffix(' ').unwrap_or(text),
        text => text,
    };
    payload("CustomStatus", text).map(Some)
}
