//! Events as rows of the history (section 11.1 of the specification).

use serde_json::Value;

use crate::tables::Columns;

/// How a member of an event is kept.
#[derive(Clone, Copy)]
enum Form {
    /// As it is; nothing if it is null.
    Plain,
    /// A date; nothing if it is null.
    Date,
    /// As JSON text without types, which is `null` if it is null.
    Nested,
}

use Form::{Date, Nested, Plain};

/// The members of an event besides those that each has.
fn members(kind: &str) -> &'static [(&'static str, Form)] {
    match kind {
        "ExecutionStarted" => &[
            ("OrchestrationInstance", Nested),
            ("ParentInstance", Nested),
            ("Name", Plain),
            ("Version", Plain),
            ("Input", Plain),
            ("Tags", Nested),
            ("Correlation", Plain),
            ("ParentTraceContext", Nested),
            ("ScheduledStartTime", Date),
            ("Generation", Plain),
            ("GenerateNewTrace", Plain),
        ],
        "ExecutionCompleted" => &[
            ("OrchestrationStatus", Plain),
            ("Result", Plain),
            ("FailureDetails", Nested),
        ],
        "ExecutionTerminated" => &[("Input", Plain)],
        "ExecutionSuspended" | "ExecutionResumed" => &[("Reason", Plain)],
        "TaskScheduled" => &[
            ("Name", Plain),
            ("Version", Plain),
            ("ParentTraceContext", Nested),
            ("Tags", Nested),
        ],
        "TaskCompleted" => &[("TaskScheduledId", Plain), ("Result", Plain)],
        "TaskFailed" => &[
            ("TaskScheduledId", Plain),
            ("Reason", Plain),
            ("Details", Plain),
            ("FailureDetails", Nested),
        ],
        "EventRaised" => &[("Name", Plain), ("Input", Plain), ("ParentTraceContext", Nested)],
        _ => &[],
    }
}

/// The row of an event, without its keys and its execution.
pub(super) fn row(kind: &str, event: &Value) -> Columns {
    let mut row = Columns::new();
    row.insert("EventType".to_owned(), kind.into());
    row.insert("EventId".to_owned(), event["EventId"].clone());
    row.insert("IsPlayed".to_owned(), false.into());
    put_date(
        &mut row,
        "_Timestamp",
        event["Timestamp"].as_str().unwrap_or_default(),
    );
    for (name, form) in members(kind) {
        let value = &event[*name];
        match (form, value) {
            (Nested, value) => {
                row.insert((*name).to_owned(), nested(value).into());
            }
            (Plain | Date, Value::Null) => {}
            (Date, value) => put_date(&mut row, name, value.as_str().unwrap_or_default()),
            (Plain, value) => {
                row.insert((*name).to_owned(), value.clone());
            }
        }
    }
    row
}

/// Sets a column that is a date.
pub(super) fn put_date(columns: &mut Columns, name: &str, date: &str) {
    columns.insert(name.to_owned(), date.into());
    columns.insert(format!("{name}@odata.type"), "Edm.DateTime".into());
}

/// The members of nested objects in the order of the wire, which a map of JSON does not keep.
const ORDER: [&str; 8] = [
    "InstanceId",
    "ExecutionId",
    "ErrorType",
    "ErrorMessage",
    "StackTrace",
    "InnerFailure",
    "IsNonRetriable",
    "Properties",
];

/// JSON text without the types of .NET.
fn nested(value: &Value) -> String {
    let Value::Object(members) = value else {
        return value.to_string();
    };
    let place = |name: &str| {
        ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(ORDER.len())
    };
    let mut members: Vec<_> = members.iter().filter(|(name, _)| *name != "$type").collect();
    members.sort_by_key(|(name, _)| place(name));
    let members = members
        .into_iter()
        .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), nested(value)));
    format!("{{{}}}", members.collect::<Vec<String>>().join(","))
}
