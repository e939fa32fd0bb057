//! Instances as the page shows them: in a row of a list, and whole.

use std::fmt::Write;

use durable_core::Timestamp;
use durable_core::hub::{BlockReport, InstanceRecord};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::payload::{cut, failure, shown};
use crate::answer::runtime_status;

/// The most bytes of a note in a list.
const NOTE: usize = 160;

/// The most bytes of an instance's payloads.
const PAYLOAD: usize = 64 * 1024;

/// Makes the row of an instance: what tells it from others, without its payloads.
pub(crate) fn row(record: &InstanceRecord) -> Value {
    json!({
        "instanceId": record.instance,
        "name": record.name,
        "version": record.version,
        "runtimeStatus": runtime_status(record.status),
        "blocked": record.blocked.is_some(),
        "stalled": record.stalled_since.is_some(),
        "createdTime": record.created_at.to_string(),
        "lastUpdatedTime": record.updated_at.to_string(),
        "endedTime": moment(record.ended_at),
        "scheduledTime": moment(record.scheduled_start),
        "events": record.event_count,
        "parent": record.parent.as_ref().map(|parent| parent.instance.as_str()),
        "tags": record.tags,
        "note": note(record),
    })
}

/// Says what is worth knowing of an instance besides its state: why it stands still, why it failed, or what it says itself.
fn note(record: &InstanceRecord) -> Option<String> {
    let first = |text: &str| cut(text.lines().next().unwrap_or_default(), NOTE).to_owned();
    if let Some(report) = &record.blocked {
        return Some(first(&report.message));
    }
    if let Some(failure) = &record.failure {
        return Some(first(&failure.message));
    }
    let status = record.custom_status.as_ref()?;
    Some(first(&String::from_utf8_lossy(status.bytes())))
}

/// Makes all that the page shows of one instance.
pub(crate) fn whole(record: &InstanceRecord) -> Value {
    let parent = record.parent.as_ref().map(|parent| {
        json!({"instanceId": parent.instance, "name": parent.name, "version": parent.version, "task": parent.task.0})
    });
    json!({
        "instanceId": record.instance,
        "execution": record.execution,
        "generation": record.generation,
        "name": record.name,
        "version": record.version,
        "runtimeStatus": runtime_status(record.status),
        "createdTime": record.created_at.to_string(),
        "lastUpdatedTime": record.updated_at.to_string(),
        "endedTime": moment(record.ended_at),
        "scheduledTime": moment(record.scheduled_start),
        "tags": record.tags,
        "parent": parent,
        "input": shown(&record.input, PAYLOAD),
        "output": record.output.as_ref().map(|output| shown(output, PAYLOAD)),
        "customStatus": record.custom_status.as_ref().map(|status| shown(status, PAYLOAD)),
        "failure": record.failure.as_ref().map(|details| failure(details, PAYLOAD)),
        "blocked": record.blocked.as_ref().map(blocked),
        "stalledSince": moment(record.stalled_since),
        "owner": record.owner.as_ref().map(durable_core::WorkerId::as_str),
        "events": record.event_count,
    })
}

fn blocked(report: &BlockReport) -> Value {
    json!({
        "reason": report.reason,
        "message": cut(&report.message, PAYLOAD),
        "step": report.step,
        "place": report.place,
        "since": report.since.to_string(),
        "build": report.build.to_string(),
    })
}

/// Returns a text that differs whenever anything of the record does.
pub(crate) fn mark(record: &InstanceRecord) -> String {
    // A record that cannot be written has no mark, and counts as changed each time.
    let bytes = serde_json::to_vec(record).unwrap_or_default();
    let digest = Sha256::digest(bytes);
    digest.iter().take(12).fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn moment(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}
