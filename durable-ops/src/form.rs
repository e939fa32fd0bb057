//! The JSON of all commands, as `docs/durable-command.md` states it. Each document has `schema`: 1.

use durable_core::hub::{BlockReport, Fence, InstanceRecord, VersionCount};
use durable_core::{FailureDetails, Payload, RecordedVersion, Timestamp, WireName};
use serde_json::{Value, json};

/// Returns a moment as text, or `null`.
pub(crate) fn moment(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, |moment| moment.to_string().into())
}

/// Writes an orchestrator with its version: `order@1`, or `order` while the version is open.
pub(crate) fn code(name: &WireName, version: &RecordedVersion) -> String {
    match version {
        RecordedVersion::Blank => name.to_string(),
        RecordedVersion::Known(_) | RecordedVersion::Foreign(_) => format!("{name}@{version}"),
    }
}

/// Returns a payload as the JSON that it is; one of another encoding as `{"encoding", "bytes"}`.
pub(crate) fn payload(payload: &Payload) -> Value {
    let json = payload.as_json().and_then(|text| serde_json::from_str(text).ok());
    json.unwrap_or_else(|| json!({"encoding": format!("{:?}", payload.encoding()), "bytes": payload.bytes()}))
}

/// Returns a failure.
pub(crate) fn failure(failure: &FailureDetails) -> Value {
    let causes: Vec<&str> = failure
        .causes
        .iter()
        .map(|cause| cause.message.as_str())
        .collect();
    let details: Option<Value> = failure
        .json
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    json!({
        "origin": failure.origin,
        "kind": failure.kind,
        "message": failure.message,
        "details": details,
        "non_retriable": failure.non_retriable,
        "causes": causes,
    })
}

fn blocked(report: &BlockReport) -> Value {
    json!({
        "reason": report.reason,
        "message": report.message,
        "step": report.step,
        "place": report.place,
        "since": report.since.to_string(),
        "build": report.build.to_string(),
    })
}

/// Returns an instance with everything that the hub knows of it.
pub(crate) fn instance(record: &InstanceRecord) -> Value {
    let parent = record.parent.as_ref().map(|parent| {
        json!({
            "instance": parent.instance.as_str(),
            "execution": parent.execution.as_str(),
            "name": parent.name.as_str(),
            "version": parent.version.to_string(),
            "task": parent.task.0,
        })
    });
    json!({
        "instance": record.instance.as_str(),
        "execution": record.execution.as_str(),
        "generation": record.generation,
        "name": record.name.as_str(),
        "version": record.version.to_string(),
        "status": record.status,
        "created_at": record.created_at.to_string(),
        "updated_at": record.updated_at.to_string(),
        "ended_at": moment(record.ended_at),
        "scheduled_start": moment(record.scheduled_start),
        "tags": record.tags,
        "parent": parent,
        "input": payload(&record.input),
        "output": record.output.as_ref().map(payload),
        "failure": record.failure.as_ref().map(failure),
        "custom_status": record.custom_status.as_ref().map(payload),
        "blocked": record.blocked.as_ref().map(blocked),
        "stalled_since": moment(record.stalled_since),
        "owner": record.owner.as_ref().map(durable_core::WorkerId::as_str),
        "event_count": record.event_count,
    })
}

/// Returns a fence.
pub(crate) fn fence(fence: &Fence) -> Value {
    let codes: Vec<String> = fence.codes.iter().map(ToString::to_string).collect();
    json!({
        "id": fence.id.as_str(),
        "covers": codes,
        "reason": fence.reason,
        "until": fence.until.to_string(),
    })
}

/// Returns the counts of a version.
pub(crate) fn version(count: &VersionCount) -> Value {
    json!({
        "name": count.name.as_str(),
        "version": count.version.to_string(),
        "pending": count.pending,
        "running": count.running,
        "waiting": count.waiting,
        "suspended": count.suspended,
        "blocked": count.blocked,
        "failed": count.failed,
        "ended": count.ended,
        "oldest": moment(count.oldest),
        "last_started": moment(count.last_started),
        "offered": count.offered,
        "needed": count.live() + count.failed > 0,
    })
}
