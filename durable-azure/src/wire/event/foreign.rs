//! Events that the core has no form for.

use super::super::json::{Json, Object, Types};
use super::kind::{EVENT_TYPES, is_nested, type_of_name};
use crate::value::Value;

/// An event of an unknown type, or a `GenericEvent` of somebody else. It is kept as it came, and written so again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForeignEvent {
    /// The name without namespace and `Event`: `HistoryState`.
    pub(crate) name: String,
    /// What it says.
    pub(crate) body: ForeignBody,
}

/// A foreign event as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ForeignBody {
    /// The members of a message's event.
    Message(Object),
    /// The columns of a row, but those that say where it stands.
    Row(Vec<(String, Value)>),
}

impl ForeignEvent {
    /// Returns the event as a message holds it.
    pub(super) fn object(&self) -> Object {
        match &self.body {
            ForeignBody::Message(object) => object.clone(),
            ForeignBody::Row(columns) => {
                let mut object = Object::of_type(type_of_name(&self.name));
                for (column, value) in columns {
                    let (name, value) = member(column, value);
                    object.members.push((name.to_owned(), value));
                }
                object
            }
        }
    }

    /// Returns the event as a row holds it, without the columns that say where it stands.
    pub(in crate::wire) fn columns(&self) -> Vec<(String, Value)> {
        match &self.body {
            ForeignBody::Row(columns) => columns.clone(),
            ForeignBody::Message(object) => {
                let members = object.members.iter();
                let columns = members.filter_map(|(name, value)| column(name, value, &self.name));
                columns.collect()
            }
        }
    }
}

/// Returns a member as a column; `None` if the column is absent because the member is null.
pub(in crate::wire) fn column(name: &str, value: &Json, event: &str) -> Option<(String, Value)> {
    let value = match (name, value) {
        ("EventType", _) => Value::String(event.to_owned()),
        ("OrchestrationStatus", Json::Number(number)) => {
            let status = number.as_i64().and_then(super::status_of_number);
            Value::String(status.map_or_else(|| number.to_string(), str::to_owned))
        }
        ("Timestamp", Json::Text(text)) => {
            let at = crate::value::Ticks::parse(text);
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
fn member<'a>(column: &'a str, value: &Value) -> (&'a str, Json) {
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
        Value::Binary(bytes) => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(bytes).into()
        }
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
