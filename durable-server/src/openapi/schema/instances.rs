//! The forms of what the dashboard asks.

use serde_json::{Value, json};

use super::{count, list, moment, moment_or_null, object, runtime_status, text};

pub(super) fn page() -> Value {
    let row = object(
        &[
            "instanceId",
            "name",
            "version",
            "runtimeStatus",
            "blocked",
            "stalled",
            "createdTime",
            "lastUpdatedTime",
            "endedTime",
            "scheduledTime",
            "events",
            "parent",
            "tags",
            "note",
        ],
        &json!({
            "instanceId": text(), "name": text(), "version": text(), "runtimeStatus": runtime_status(),
            "blocked": flag(), "stalled": flag(), "createdTime": moment(), "lastUpdatedTime": moment(),
            "endedTime": moment_or_null(), "scheduledTime": moment_or_null(), "events": count(),
            "parent": text_or_null(), "tags": tags(), "note": text_or_null(),
        }),
    );
    object(
        &["items", "next", "newestFirst"],
        &json!({"items": list(&row), "next": text_or_null(), "newestFirst": flag()}),
    )
}

pub(super) fn timeline() -> Value {
    let wait = object(
        &["text", "since", "instance"],
        &json!({"text": text(), "since": moment_or_null(), "instance": text_or_null()}),
    );
    object(
        &["mark", "instance", "events", "whole", "items", "waits"],
        &json!({
            "mark": text(), "instance": instance(), "events": count(), "whole": flag(), "items": list(&item()),
            "waits": list(&wait),
        }),
    )
}

fn instance() -> Value {
    object(
        &[
            "instanceId",
            "execution",
            "generation",
            "name",
            "version",
            "runtimeStatus",
            "createdTime",
            "lastUpdatedTime",
            "endedTime",
            "scheduledTime",
            "tags",
            "parent",
            "input",
            "output",
            "customStatus",
            "failure",
            "blocked",
            "stalledSince",
            "owner",
            "events",
        ],
        &json!({
            "instanceId": text(), "execution": text(), "generation": count(), "name": text(), "version": text(),
            "runtimeStatus": runtime_status(), "createdTime": moment(), "lastUpdatedTime": moment(),
            "endedTime": moment_or_null(), "scheduledTime": moment_or_null(), "tags": tags(), "parent": object_or_null(),
            "input": payload(), "output": payload(), "customStatus": payload(), "failure": object_or_null(),
            "blocked": object_or_null(), "stalledSince": moment_or_null(), "owner": text_or_null(), "events": count(),
        }),
    )
}

fn item() -> Value {
    object(
        &[
            "step",
            "at",
            "kind",
            "what",
            "task",
            "instance",
            "input",
            "attempt",
            "attemptsMax",
            "endedAt",
            "outcome",
            "value",
            "failure",
        ],
        &json!({
            "step": count(), "at": moment(), "kind": text(), "what": text(), "task": count_or_null(),
            "instance": text_or_null(), "input": payload(), "attempt": count_or_null(), "attemptsMax": count_or_null(),
            "endedAt": moment_or_null(), "outcome": {"enum": ["happened", "open", "done", "failed", "timedOut", "left"]},
            "value": payload(), "failure": object_or_null(),
        }),
    )
}

pub(super) fn session() -> Value {
    object(
        &["hub", "release", "scopes", "listedByTime"],
        &json!({
            "hub": text(), "release": text(), "listedByTime": flag(),
            "scopes": {"type": "array", "items": {"enum": ["read", "start", "event", "manage"]}},
        }),
    )
}

/// A payload as it is written: cut if it is long, and then `whole` is `false`.
fn payload() -> Value {
    json!({
        "type": ["object", "null"],
        "required": ["text", "bytes", "whole", "json"],
        "properties": {"text": text(), "bytes": count(), "whole": flag(), "json": flag()},
    })
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn count_or_null() -> Value {
    json!({"type": ["integer", "null"], "minimum": 0})
}

fn object_or_null() -> Value {
    json!({"type": ["object", "null"]})
}

fn tags() -> Value {
    json!({"type": "object", "additionalProperties": text()})
}
