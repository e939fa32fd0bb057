//! How two runs' events differ.

use serde_json::Value;

use crate::failure::FailureDetails;
use crate::history::{CompletionStatus, EventKind, MarkerKind};
use crate::payload::Payload;
use crate::replay::action::Recorded;

/// How two events at the same place differ.
pub(super) enum Difference {
    /// Another step, which its words tell.
    Kind,
    /// The same step with other data, at a place in it.
    Data(String),
}

/// Compares two events.
pub(super) fn difference(first: &EventKind, second: &EventKind) -> Option<Difference> {
    if first == second {
        return None;
    }
    if Recorded(first).to_string() != Recorded(second).to_string() {
        return Some(Difference::Kind);
    }
    data(first, second).map(Difference::Data)
}

/// Returns where the data of two events differs that are the same step by their words.
fn data(first: &EventKind, second: &EventKind) -> Option<String> {
    use EventKind as E;
    match (first, second) {
        (E::Marker(a), E::Marker(b)) => {
            // The shadow was told the value.
            let told = a.kind == MarkerKind::SideEffect || a.data == b.data;
            (!told).then(|| "the data".to_owned())
        }
        (E::TaskScheduled { input: a, .. }, E::TaskScheduled { input: b, .. })
        | (E::EventSent { input: a, .. }, E::EventSent { input: b, .. })
            if targets(first) == targets(second) =>
        {
            payloads(a, b).map(|at| format!("the input{at}"))
        }
        (
            E::SubOrchestrationInstanceCreated { input: a, .. },
            E::SubOrchestrationInstanceCreated { input: b, .. },
        ) if targets(first) == targets(second) => payloads(a, b).map(|at| format!("the input{at}")),
        (E::ContinueAsNew { input: a, .. }, E::ContinueAsNew { input: b, .. })
            if targets(first) == targets(second) =>
        {
            payloads(a, b).map(|at| format!("the next input{at}"))
        }
        (E::ExecutionCompleted(a), E::ExecutionCompleted(b)) => ends(a, b),
        (E::TimerCreated { .. }, E::TimerCreated { .. }) => Some("the time at which it is due".to_owned()),
        _ => Some("the receiver or the version".to_owned()),
    }
}

/// Returns what else a step with an input is about.
fn targets(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::EventSent { instance, .. }
        | EventKind::SubOrchestrationInstanceCreated { instance, .. } => Some(instance.to_string()),
        EventKind::ContinueAsNew { version, .. } => Some(version.to_string()),
        _ => None,
    }
}

fn ends(first: &CompletionStatus, second: &CompletionStatus) -> Option<String> {
    use CompletionStatus as S;
    match (first, second) {
        (S::Completed(a), S::Completed(b)) => payloads(a, b).map(|at| format!("the value{at}")),
        (S::Failed(a), S::Failed(b)) | (S::Canceled(a), S::Canceled(b)) => {
            (!same_failure(a, b)).then(|| "the error".to_owned())
        }
        _ => Some("whether it is a value or an error".to_owned()),
    }
}

fn same_failure(first: &FailureDetails, second: &FailureDetails) -> bool {
    let parsed = |failure: &FailureDetails| failure.json.as_deref().map(serde_json::from_str::<Value>);
    let same_json = match (parsed(first), parsed(second)) {
        (Some(Ok(a)), Some(Ok(b))) => a == b,
        _ => first.json == second.json,
    };
    let rest = |failure: &FailureDetails| FailureDetails {
        json: None,
        ..failure.clone()
    };
    same_json && rest(first) == rest(second)
}

/// Returns where two payloads differ: a path into them. The order of an object's keys makes no difference, since the
/// value is the same whatever map it was written from.
pub(super) fn payloads(first: &Payload, second: &Payload) -> Option<String> {
    if first == second {
        return None;
    }
    let parsed = |payload: &Payload| payload.decode::<Value>().ok();
    match (parsed(first), parsed(second)) {
        (Some(a), Some(b)) => values(&a, &b).map(|path| {
            if path.is_empty() {
                String::new()
            } else {
                format!(" at `{path}`")
            }
        }),
        _ => Some(String::new()),
    }
}

fn values(first: &Value, second: &Value) -> Option<String> {
    match (first, second) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            let mut found = keys.filter_map(|key| match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => values(a, b).map(|path| format!("/{key}{path}")),
                (Some(_), None) | (None, Some(_)) => Some(format!("/{key}")),
                (None, None) => None,
            });
            found.next()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| values(a, b).map(|path| format!("/{at}{path}")))
        }
        (a, b) => (a != b).then(String::new),
    }
}

/// Returns a payload as reports may show it: what is in it must not reach a log.
pub(super) fn hash(payload: &Payload) -> String {
    format!(
        "{} bytes with hash {:016x}",
        payload.bytes().len(),
        payload.fingerprint()
    )
}
