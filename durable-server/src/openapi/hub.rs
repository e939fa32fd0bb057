//! The forms of the hub contract. Each is an object of the core as serde writes it: moments are microseconds since 1970, and
//! what a later release adds is passed over in answers.

mod example;

use serde_json::{Value, json};

pub(super) use example::of as example;

use super::reference;
use super::schema::{count, list, object, text};
use crate::route::{HubForm, Schema};

#[expect(clippy::too_many_lines, reason = "a table of forms")]
pub(super) fn schema(form: HubForm) -> Value {
    match form {
        HubForm::Description => object(
            &["capabilities", "now", "release"],
            &json!({"capabilities": capabilities(), "now": moment(), "release": text()}),
        ),
        HubForm::Found => object(&["record"], &json!({"record": or_null(HubForm::Record)})),
        HubForm::Query => query(),
        HubForm::Page => object(
            &["items", "next"],
            &json!({"items": list(&of(HubForm::Record)), "next": text_or_null()}),
        ),
        HubForm::HistoryPart => object(
            &["history", "next"],
            &json!({"history": or_null(HubForm::History), "next": {"type": ["integer", "null"]}}),
        ),
        HubForm::Waited => object(
            &["record", "seen", "created_at"],
            &json!({"record": or_null(HubForm::Record), "seen": text_or_null(), "created_at": moment()}),
        ),
        HubForm::Start => closed(
            &["started"],
            &json!({"started": started(), "reuse": reuse(), "raise": {"type": ["array", "null"]}}),
        ),
        HubForm::StartOutcome => variant(&["Started", "Existing", "Refused", "Fenced"]),
        HubForm::Event => closed(
            &["name", "input"],
            &json!({"name": text(), "input": of(HubForm::Payload)}),
        ),
        HubForm::Completion => closed(
            &["activity", "result"],
            &json!({
                "activity": object(
                    &["instance", "execution", "task"],
                    &json!({"instance": text(), "execution": text(), "task": count()}),
                ),
                "result": variant(&["Ok", "Err"]),
            }),
        ),
        HubForm::Signal => variant(&["Terminate", "Cancel", "Suspend", "Resume"]),
        HubForm::Amendment => closed(
            &["execution", "event_count", "amendment"],
            &json!({"execution": text(), "event_count": count(), "amendment": variant(&["Move", "Rewind"])}),
        ),
        HubForm::Import => closed(
            &["record", "history", "timers"],
            &json!({"record": of(HubForm::Record), "history": of(HubForm::History), "timers": list(&json!({}))}),
        ),
        HubForm::PurgeReport => object(
            &["purged", "complete"],
            &json!({"purged": count(), "complete": {"type": "boolean"}}),
        ),
        HubForm::Fence => object(
            &["id", "codes", "reason", "until"],
            &json!({"id": text(), "codes": list(&json!({"type": "object"})), "reason": text(), "until": moment()}),
        ),
        HubForm::Fences => list(&of(HubForm::Fence)),
        HubForm::Lowered => object(&["lowered"], &json!({"lowered": {"type": "boolean"}})),
        HubForm::Versions => list(&object(
            &[
                "name",
                "version",
                "pending",
                "running",
                "waiting",
                "suspended",
                "blocked",
                "failed",
                "ended",
                "offered",
            ],
            &json!({"name": text(), "version": text(), "offered": {"type": "boolean"}}),
        )),
        HubForm::Workers => list(&object(
            &["worker", "build", "orchestrators", "activities", "expires_at"],
            &json!({"worker": text(), "build": count(), "expires_at": moment()}),
        )),
        HubForm::Record => record(),
        HubForm::History => object(
            &["execution", "events"],
            &json!({"execution": text(), "events": list(&object(&["at", "kind"], &json!({"at": moment()})))}),
        ),
        HubForm::Payload => {
            let mut payload = variant(&["Json", "Bytes", "JsonBytes"]);
            if let Some(payload) = payload.as_object_mut() {
                payload.insert(
                    "description".to_owned(),
                    "JSON is text: `{\"Json\": \"995\"}`.".into(),
                );
            }
            payload
        }
    }
}

fn query() -> Value {
    closed(
        &[],
        &json!({
            "names": list(&text()), "versions": list(&text()), "statuses": list(&text()),
            "tags": {"type": "object", "additionalProperties": text()},
            "created_from": moment_or_null(), "created_before": moment_or_null(),
            "ended_from": moment_or_null(), "ended_before": moment_or_null(), "id_prefix": text_or_null(),
            "blocked": {"type": ["boolean", "null"]}, "stalled": {"type": ["boolean", "null"]},
            "newest_first": {"type": "boolean"},
            "page_size": {"type": ["integer", "null"], "minimum": 1}, "after": text_or_null(),
        }),
    )
}

fn started() -> Value {
    object(
        &[
            "instance",
            "execution",
            "name",
            "version",
            "input",
            "generation",
            "tags",
        ],
        &json!({
            "instance": text(), "execution": text(), "name": text(), "version": text(), "input": of(HubForm::Payload),
            "parent": {"type": "null"}, "generation": {"type": "integer", "minimum": 0, "maximum": 0},
            "scheduled_start": moment_or_null(), "tags": {"type": "object", "additionalProperties": text()},
        }),
    )
}

fn record() -> Value {
    object(
        &[
            "instance",
            "execution",
            "generation",
            "name",
            "version",
            "status",
            "created_at",
            "updated_at",
            "input",
            "tags",
            "event_count",
        ],
        &json!({
            "instance": text(), "execution": text(), "generation": count(), "name": text(), "version": text(),
            "status": {"enum": ["Pending", "Running", "Suspended", "Completed", "Failed", "Canceled", "Terminated"]},
            "created_at": moment(), "updated_at": moment(), "ended_at": moment_or_null(),
            "scheduled_start": moment_or_null(), "input": of(HubForm::Payload),
            "output": or_null(HubForm::Payload), "failure": {"type": ["object", "null"]},
            "custom_status": or_null(HubForm::Payload), "tags": {"type": "object", "additionalProperties": text()},
            "parent": {"type": ["object", "null"]}, "policy": text(), "blocked": {"type": ["object", "null"]},
            "stalled_since": moment_or_null(), "owner": text_or_null(), "event_count": count(),
        }),
    )
}

fn capabilities() -> Value {
    json!({"type": "object", "additionalProperties": {"type": "boolean"}})
}

fn reuse() -> Value {
    json!({"enum": ["Reject", "AllowIfEnded", "UseExisting", "TerminateExisting"]})
}

/// One of several, by its name: `{"Name": …}`.
fn variant(names: &[&str]) -> Value {
    let properties: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({
        "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
    })
}

/// An object in which nothing may be that is not known.
fn closed(required: &[&str], properties: &Value) -> Value {
    let mut schema = object(required, properties);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    schema
}

fn of(form: HubForm) -> Value {
    reference(Schema::Hub(form))
}

fn or_null(form: HubForm) -> Value {
    json!({"anyOf": [of(form), {"type": "null"}]})
}

fn moment() -> Value {
    json!({"type": "integer", "format": "int64"})
}

fn moment_or_null() -> Value {
    json!({"type": ["integer", "null"], "format": "int64"})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}
