//! The forms of bodies.

mod instances;

use serde_json::{Value, json};

use super::{hub, pattern, reference};
use crate::dashboard::STATES;
use crate::route::Schema;

#[expect(clippy::too_many_lines, reason = "a table of forms")]
pub(super) fn of(schema: Schema) -> Value {
    match schema {
        Schema::AnyValue => json!({"description": "Any JSON."}),
        Schema::Exposition => text(),
        Schema::Document => json!({"type": "object", "required": ["openapi", "info", "paths"]}),
        Schema::CheckStatus => object(
            &[
                "id",
                "statusQueryGetUri",
                "sendEventPostUri",
                "terminatePostUri",
                "purgeHistoryDeleteUri",
                "restartPostUri",
                "suspendPostUri",
                "resumePostUri",
            ],
            &json!({
                "id": text(), "statusQueryGetUri": text(), "sendEventPostUri": text(), "terminatePostUri": text(),
                "purgeHistoryDeleteUri": text(), "restartPostUri": text(), "suspendPostUri": text(), "resumePostUri": text(),
            }),
        ),
        Schema::Status => object(
            &[
                "name",
                "instanceId",
                "runtimeStatus",
                "input",
                "customStatus",
                "output",
                "createdTime",
                "lastUpdatedTime",
            ],
            &json!({
                "name": text(), "instanceId": text(), "runtimeStatus": runtime_status(), "input": {}, "customStatus": {},
                "output": {}, "createdTime": moment(), "lastUpdatedTime": moment(),
                "historyEvents": {"type": "array", "items": {
                    "type": "object", "required": ["EventType", "Timestamp"],
                    "properties": {"EventType": text(), "Timestamp": moment()},
                }},
            }),
        ),
        Schema::StatusList => list(&reference(Schema::Status)),
        Schema::Purged => object(
            &["instancesDeleted"],
            &json!({"instancesDeleted": count(), "complete": {"type": "boolean"}}),
        ),
        Schema::VersionCounts => list(&object(
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
                "live",
                "oldest",
                "lastStarted",
                "offered",
                "state",
            ],
            &json!({
                "name": text(), "version": text(), "pending": count(), "running": count(), "waiting": count(),
                "suspended": count(), "blocked": count(), "failed": count(), "ended": count(), "live": count(),
                "oldest": moment_or_null(), "lastStarted": moment_or_null(), "offered": {"type": "boolean"},
                "state": {"enum": STATES},
            }),
        )),
        Schema::StatusCheck => object(
            &["hasRunning", "counts", "oldest"],
            &json!({
                "hasRunning": {"type": "boolean"},
                "counts": {"type": "object", "additionalProperties": count()},
                "oldest": moment_or_null(),
            }),
        ),
        Schema::Fence => object(
            &["id", "orchestrators", "reason", "until"],
            &json!({"id": text(), "orchestrators": list(&text()), "reason": text(), "until": moment()}),
        ),
        Schema::FenceList => list(&reference(Schema::Fence)),
        Schema::NewFence => new_fence(),
        Schema::Lowered => object(&["lowered"], &json!({"lowered": text()})),
        Schema::Workers => list(&object(
            &["worker", "build", "orchestrators", "activities", "expiresAt"],
            &json!({
                "worker": text(), "build": text(), "orchestrators": list(&text()), "activities": list(&text()),
                "expiresAt": moment(),
            }),
        )),
        Schema::Tree => tree(),
        Schema::Hub(form) => hub::schema(form),
        Schema::InstancePage => instances::page(),
        Schema::Timeline => instances::timeline(),
        Schema::Session => instances::session(),
        Schema::Error => object(
            &["error", "message"],
            &json!({"error": text(), "message": text(), "help": text(), "kind": text()}),
        ),
    }
}

fn new_fence() -> Value {
    let mut schema = object(
        &["id", "seconds"],
        &json!({
            "id": pattern::fence_id(),
            "orchestrators": {"type": "array", "maxItems": 100, "items": pattern::code()},
            "reason": {"type": "string", "maxLength": 1000},
            "seconds": {"type": "integer", "minimum": 1, "maximum": 86_400},
        }),
    );
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    schema
}

fn tree() -> Value {
    let node = object(
        &[
            "instanceId",
            "name",
            "version",
            "runtimeStatus",
            "blocked",
            "stalled",
            "createdTime",
            "lastUpdatedTime",
            "parentIndex",
            "depth",
        ],
        &json!({
            "instanceId": text(), "name": text(), "version": text(), "runtimeStatus": runtime_status(),
            "blocked": {"type": "boolean"}, "stalled": {"type": "boolean"}, "createdTime": moment(),
            "lastUpdatedTime": moment(), "parentIndex": {"type": ["integer", "null"]}, "depth": count(),
        }),
    );
    object(
        &["parent", "instances", "complete"],
        &json!({"parent": {"type": ["string", "null"]}, "instances": list(&node), "complete": {"type": "boolean"}}),
    )
}

pub(super) fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

pub(super) fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

pub(super) fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn moment_or_null() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

fn runtime_status() -> Value {
    json!({"enum": [
        "Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Pending", "Suspended",
    ]})
}
