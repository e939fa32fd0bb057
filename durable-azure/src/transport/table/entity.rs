//! Rows as JSON: OData's format with minimal metadata. A type that JSON does not show is written beside its column, as
//! `Column@odata.type`.

use std::collections::HashMap;
use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::value::{Row, Ticks, Value};

const PARTITION_KEY: &str = "PartitionKey";
const ROW_KEY: &str = "RowKey";
/// When the service stored the row. It cannot be written.
const TIMESTAMP: &str = "Timestamp";
const TYPE_SUFFIX: &str = "@odata.type";

/// Writes a row in full: keys, then columns in their order.
pub(crate) fn write(row: &Row) -> String {
    let mut out = String::from("{");
    member(&mut out, PARTITION_KEY, &row.partition_key);
    out.push(',');
    member(&mut out, ROW_KEY, &row.row_key);
    for (name, value) in row.columns.iter().filter(|(name, _)| is_own(name)) {
        out.push(',');
        column(&mut out, name, value);
    }
    out.push('}');
    out
}

/// Writes a row as [`write`] does, in ASCII: other characters as escapes, which say the same.
///
/// Azurite decodes the body of such a request piece by piece, as it comes in: of a character whose bytes come in two pieces
/// it stores two replacement characters. (A transaction it decodes as a whole.) The client library of .NET escapes them, too.
pub(super) fn write_in_ascii(row: &Row) -> String {
    let json = write(row);
    if json.is_ascii() {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() * 2);
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            // They stand in strings only. Writing to a text does not fail.
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// Returns whether a column is the caller's.
pub(super) fn is_own(name: &str) -> bool {
    !matches!(name, PARTITION_KEY | ROW_KEY | TIMESTAMP)
}

fn column(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::String(text) => member(out, name, text),
        Value::Bool(truth) => plain(out, name, truth),
        Value::Int32(number) => plain(out, name, number),
        Value::Int64(number) => typed(out, name, "Edm.Int64", &number.to_string()),
        Value::Double(number) if number.is_finite() => {
            plain(out, name, &format_args!("{number:?}"));
            out.push(',');
            type_of(out, name, "Edm.Double");
        }
        Value::Double(number) => typed(out, name, "Edm.Double", special(*number)),
        Value::DateTime(ticks) => typed(out, name, "Edm.DateTime", &ticks.to_string()),
        Value::Guid(text) => typed(out, name, "Edm.Guid", text),
        Value::Binary(bytes) => typed(out, name, "Edm.Binary", &STANDARD.encode(bytes)),
    }
}

/// What JSON has no number for.
fn special(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn typed(out: &mut String, name: &str, kind: &str, text: &str) {
    member(out, name, text);
    out.push(',');
    type_of(out, name, kind);
}

fn type_of(out: &mut String, name: &str, kind: &str) {
    member(out, &format!("{name}{TYPE_SUFFIX}"), kind);
}

fn member(out: &mut String, name: &str, text: &str) {
    plain(out, name, &Json::from(text));
}

fn plain(out: &mut String, name: &str, value: &dyn fmt::Display) {
    // Writing to a text does not fail; JSON displays itself as JSON.
    let _ = write!(out, "{}:{value}", Json::from(name));
}

/// Reads a row; nothing if a member is not what its type says. Columns that nobody knows are kept.
pub(crate) fn read(body: &[u8]) -> Option<Row> {
    serde_json::from_slice::<Members>(body).ok().and_then(row)
}

/// Reads the rows of a page.
pub(super) fn read_page(body: &[u8]) -> Option<Vec<Row>> {
    #[derive(Deserialize)]
    struct Page {
        value: Vec<Members>,
    }
    let page: Page = serde_json::from_slice(body).ok()?;
    page.value.into_iter().map(row).collect()
}

/// The members of an object in their order.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn row(members: Members) -> Option<Row> {
    let mut types = HashMap::new();
    for (name, value) in &members.0 {
        if let Some(column) = name.strip_suffix(TYPE_SUFFIX) {
            types.insert(column.to_owned(), value.as_str()?.to_owned());
        }
    }
    let mut row = Row::new("", "");
    for (name, value) in members.0 {
        match (name.as_str(), value) {
            ("odata.etag", Json::String(etag)) => row.etag = Some(etag),
            (PARTITION_KEY, Json::String(key)) => row.partition_key = key,
            (ROW_KEY, Json::String(key)) => row.row_key = key,
            (PARTITION_KEY | ROW_KEY, _) => return None,
            (_, Json::Null) => {}
            (metadata, _) if metadata.starts_with("odata.") || metadata.contains("@odata.") => {}
            (TIMESTAMP, Json::String(text)) => {
                row.columns.push((name, Value::DateTime(Ticks::parse(&text)?)));
            }
            (_, value) => {
                let value = read_value(types.get(&name).map(String::as_str), value)?;
                row.columns.push((name, value));
            }
        }
    }
    Some(row)
}

fn read_value(kind: Option<&str>, value: Json) -> Option<Value> {
    match (kind, value) {
        (Some("Edm.Int64"), Json::String(text)) => text.parse().ok().map(Value::Int64),
        (Some("Edm.DateTime"), Json::String(text)) => Ticks::parse(&text).map(Value::DateTime),
        (Some("Edm.Guid"), Json::String(text)) => Some(Value::Guid(text)),
        (Some("Edm.Binary"), Json::String(text)) => STANDARD.decode(text).ok().map(Value::Binary),
        (Some("Edm.Double"), Json::String(text)) => match text.as_str() {
            "NaN" => Some(Value::Double(f64::NAN)),
            "Infinity" | "INF" => Some(Value::Double(f64::INFINITY)),
            "-Infinity" | "-INF" => Some(Value::Double(f64::NEG_INFINITY)),
            _ => text.parse().ok().map(Value::Double),
        },
        (Some("Edm.Double"), Json::Number(number)) => number.as_f64().map(Value::Double),
        (Some("Edm.Int64"), Json::Number(number)) => number.as_i64().map(Value::Int64),
        (_, Json::Number(number)) => read_number(&number),
        (_, Json::Bool(truth)) => Some(Value::Bool(truth)),
        // A type that is not known is kept as its text.
        (_, Json::String(text)) => Some(Value::String(text)),
        (_, Json::Null | Json::Array(_) | Json::Object(_)) => None,
    }
}

/// Without a type, a whole number has 32 bits, unless it needs more.
fn read_number(number: &serde_json::Number) -> Option<Value> {
    match number.as_i64() {
        Some(whole) => Some(i32::try_from(whole).map_or(Value::Int64(whole), Value::Int32)),
        None => number.as_f64().map(Value::Double),
    }
}

#[cfg(test)]
mod tests;
