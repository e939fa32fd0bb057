//! Events as the columns of a row.
//!
//! A column is a member under its name. Objects are JSON text without types, and the text `null` where there is none;
//! of everything else what is null is absent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable_core::history::{EventKind, MarkerKind};

use super::super::json::{Json, Object, Types, parse};
use super::super::{Inputs, WireError};
use super::kind::{EVENT_TYPES, is_nested, status_of_number, type_of_name};
use super::{KnownEvent, WireEvent, encode};
use crate::value::{Ticks, Value};

/// Writes an event of the core as columns.
pub(super) fn known_columns(known: &KnownEvent, inputs: Inputs) -> Result<Vec<(String, Value)>, WireError> {
    let kind = &known.event.kind;
    let name = WireEvent::name_of(kind.name());
    let without_input = inputs == Inputs::Left
        && matches!(
            kind,
            EventKind::TaskScheduled { .. } | EventKind::SubOrchestrationInstanceCreated { .. }
        );
    let object = encode(known)?;
    let kept = object
        .members
        .iter()
        .filter(|(member, _)| !(without_input && member == "Input"));
    let columns = kept.filter_map(|(member, value)| match member.as_str() {
        "IsPlayed" => Some((member.clone(), Value::Bool(is_played(kind)))),
        _ => column(member, value, name),
    });
    Ok(columns.collect())
}

/// Returns whether the framework marks an event in a history as played: what came to the orchestrator, and not what the
/// orchestrator did. By it a .NET worker tells a replay from the first run.
fn is_played(kind: &EventKind) -> bool {
    match kind {
        EventKind::ExecutionStarted(_)
        | EventKind::ExecutionTerminated { .. }
        | EventKind::ExecutionSuspended { .. }
        | EventKind::ExecutionResumed { .. }
        | EventKind::ExecutionRewound { .. }
        | EventKind::TaskCompleted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::SubOrchestrationInstanceCompleted { .. }
        | EventKind::SubOrchestrationInstanceFailed { .. }
        | EventKind::TimerFired { .. }
        | EventKind::EventRaised { .. } => true,
        EventKind::OrchestratorStarted
        | EventKind::OrchestratorCompleted
        | EventKind::ExecutionCompleted(_)
        | EventKind::ContinueAsNew { .. }
        | EventKind::TaskScheduled { .. }
        | EventKind::SubOrchestrationInstanceCreated { .. }
        | EventKind::TimerCreated { .. }
        | EventKind::EventSent { .. } => false,
        EventKind::Marker(marker) => marker.kind == MarkerKind::CancelRequested,
    }
}

/// Reads columns as an object.
pub(super) fn object_of_columns(what: &str, columns: &[(String, Value)]) -> Result<Object, WireError> {
    let mut object = Object::default();
    for (column, value) in columns {
        match value {
            Value::String(name) if column == "EventType" => object.ty = Some(type_of_name(name)),
            Value::String(text) if is_nested(column) => {
                let value = parse(&format!("`{column}` of {what}"), text)?;
                object.members.push((column.clone(), value));
            }
            _ => {
                let (name, value) = member(column, value);
                object.members.push((name.to_owned(), value));
            }
        }
    }
    Ok(object)
}

/// Returns a member as a column; `None` if the column is absent because the member is null.
pub(super) fn column(name: &str, value: &Json, event: &str) -> Option<(String, Value)> {
    let value = match (name, value) {
        ("EventType", _) => Value::String(event.to_owned()),
        ("OrchestrationStatus", Json::Number(number)) => {
            let status = number.as_i64().and_then(status_of_number);
            Value::String(status.map_or_else(|| number.to_string(), str::to_owned))
        }
        ("Timestamp", Json::Text(text)) => {
            let at = Ticks::parse(text);
            at.map_or_else(|| Value::String(text.clone()), Value::DateTime)
        }
        (_, Json::Null) if is_nested(name) => Value::String("null".to_owned()),
        (_, Json::Null) => return None,
        (_, Json::Bool(flag)) => Value::Bool(*flag),
        (_, Json::Text(text)) => Value::String(text.clone()),
        (_, Json::Time(at)) => Value::DateTime(*at),
        (_, Json::Number(number)) => match number.as_i64().map(|long| (long, i32::try_from(long))) {
            Some((_, Ok(int))) => Value::Int32(int),
            Some((long, Err(_))) => Value::Int64(long),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        (_, Json::Array(_) | Json::Object(_)) => Value::String(value.write(Types::Left)),
    };
    Some((column_name(name).to_owned(), value))
}

/// Returns a column as a member. Texts of columns that hold objects are not read.
pub(super) fn member<'a>(column: &'a str, value: &Value) -> (&'a str, Json) {
    let value = match value {
        Value::String(name) if column == "EventType" => {
            let number = EVENT_TYPES.iter().position(|known| known == name);
            let number = number.and_then(|number| i32::try_from(number).ok());
            number.map_or_else(|| name.as_str().into(), Json::from)
        }
        Value::String(text) | Value::Guid(text) => text.as_str().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Int32(number) => (*number).into(),
        Value::Int64(number) => (*number).into(),
        Value::Double(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::DateTime(at) => (*at).into(),
        Value::Binary(bytes) => STANDARD.encode(bytes).into(),
    };
    (member_name(column), value)
}

/// The service has a column `Timestamp` of its own.
fn column_name(member: &str) -> &str {
    match member {
        "Timestamp" => "_Timestamp",
        name => name,
    }
}

fn member_name(column: &str) -> &str {
    match column {
        "_Timestamp" => "Timestamp",
        name => name,
    }
}
