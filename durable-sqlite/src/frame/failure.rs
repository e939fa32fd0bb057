//! Failures and markers between their runtime and stored forms.

use durable_core::failure::Cause;
use durable_core::history::{Marker, MarkerKind};
use durable_core::{FailureDetails, FailureOrigin, TaskId};

use super::{FrameError, wire};

/// The number of each origin in the file.
const ORIGINS: [FailureOrigin; 9] = [
    FailureOrigin::Application,
    FailureOrigin::Panic,
    FailureOrigin::Timeout,
    FailureOrigin::Cancelled,
    FailureOrigin::Terminated,
    FailureOrigin::Payload,
    FailureOrigin::VersionMismatch,
    FailureOrigin::AlreadyExists,
    FailureOrigin::Infrastructure,
];

/// The number of each kind of marker in the file.
const MARKERS: [Option<MarkerKind>; 8] = [
    Some(MarkerKind::EngineSemantics),
    Some(MarkerKind::SideEffect),
    Some(MarkerKind::RetryPolicy),
    Some(MarkerKind::RetryVerdict),
    Some(MarkerKind::VersionResolved),
    Some(MarkerKind::Moved),
    // Reserved once and never written.
    None,
    Some(MarkerKind::CancelRequested),
];

fn number_of<T: PartialEq>(list: &[T], value: &T, what: &'static str) -> Result<u8, FrameError> {
    let at = list.iter().position(|known| known == value);
    at.and_then(|at| u8::try_from(at).ok())
        .ok_or(FrameError::Unknown(what))
}

fn value_of<T: Copy>(list: &[T], number: u8, what: &'static str) -> Result<T, FrameError> {
    list.get(usize::from(number))
        .copied()
        .ok_or(FrameError::Unknown(what))
}

pub(super) fn failure_to_wire(details: &FailureDetails) -> Result<wire::Failure<'_>, FrameError> {
    Ok(wire::Failure {
        origin: number_of(&ORIGINS, &details.origin, "origin of a failure")?,
        kind: details.kind.as_str().into(),
        message: details.message.as_str().into(),
        json: details.json.as_deref().map(Into::into),
        non_retriable: details.non_retriable,
        causes: details
            .causes
            .iter()
            .map(|cause| cause.message.as_str().into())
            .collect(),
    })
}

pub(super) fn failure_from_wire(wire: wire::Failure<'_>) -> Result<FailureDetails, FrameError> {
    let causes = wire.causes.into_iter().map(|message| Cause {
        message: message.into_owned(),
    });
    Ok(FailureDetails {
        origin: value_of(&ORIGINS, wire.origin, "origin of a failure")?,
        kind: wire.kind.into_owned(),
        message: wire.message.into_owned(),
        json: wire.json.map(wire::Text::into_owned),
        non_retriable: wire.non_retriable,
        causes: causes.collect(),
    })
}

pub(super) fn marker_to_wire(marker: &Marker) -> Result<wire::Marker<'_>, FrameError> {
    Ok(wire::Marker {
        kind: number_of(&MARKERS, &Some(marker.kind), "kind of marker")?,
        version: marker.version,
        task: marker.task.map(|task| task.0),
        data: marker.data.as_str().into(),
    })
}

pub(super) fn marker_from_wire(wire: wire::Marker<'_>) -> Result<Marker, FrameError> {
    Ok(Marker {
        kind: value_of(&MARKERS, wire.kind, "kind of marker")?
            .ok_or(FrameError::Unknown("kind of marker"))?,
        version: wire.version,
        task: wire.task.map(TaskId),
        data: wire.data.into_owned(),
    })
}
