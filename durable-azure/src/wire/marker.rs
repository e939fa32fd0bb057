//! Markers, which the framework has no event for: a `GenericEvent` whose data is JSON with a tag.
//!
//! The framework ignores every `GenericEvent`.

use durable_core::TaskId;
use durable_core::history::{Marker, MarkerKind};

use super::WireError;
use super::json::{Json, Object, Types};
use super::members::Members;

const TAG: &str = "$durable";
const MARKER: &str = "marker";

/// Returns the data of the `GenericEvent`.
pub(super) fn marker_text(marker: &Marker) -> Result<String, WireError> {
    let mut object = Object::default();
    object.push(TAG, MARKER);
    object.push("kind", kind_text(marker.kind)?);
    object.push("version", u32::from(marker.version));
    if let Some(task) = marker.task {
        object.push("task", task.0);
    }
    object.push("data", marker.data.as_str());
    Ok(object.write(Types::Left))
}

/// Reads the data of a `GenericEvent`; `None` if it is somebody else's.
pub(super) fn read_marker(what: &str, data: &str) -> Result<Option<Marker>, WireError> {
    let Ok(Json::Object(object)) = super::json::parse(what, data) else {
        return Ok(None);
    };
    let members = Members::new(what, &object);
    if object.get(TAG) != Some(&Json::from(MARKER)) {
        return Ok(None);
    }
    let kind = members.text_or_empty("kind")?;
    Ok(Some(Marker {
        kind: read_kind(&kind).ok_or_else(|| members.unknown(kind))?,
        version: members
            .small("version")?
            .ok_or_else(|| members.missing("version"))?,
        task: members.small("task")?.map(TaskId),
        data: members.text_or_empty("data")?,
    }))
}

/// The stored name of each kind. None is ever changed.
const KINDS: [(MarkerKind, &str); 7] = [
    (MarkerKind::EngineSemantics, "EngineSemantics"),
    (MarkerKind::SideEffect, "SideEffect"),
    (MarkerKind::RetryPolicy, "RetryPolicy"),
    (MarkerKind::RetryVerdict, "RetryVerdict"),
    (MarkerKind::VersionResolved, "VersionResolved"),
    (MarkerKind::Moved, "Moved"),
    (MarkerKind::CancelRequested, "CancelRequested"),
];

fn kind_text(kind: MarkerKind) -> Result<&'static str, WireError> {
    let mut all = KINDS.into_iter();
    let found = all.find(|(known, _)| *known == kind);
    found.map(|(_, text)| text).ok_or_else(|| WireError::Unknown {
        what: "the marker".to_owned(),
        found: format!("{kind:?}"),
    })
}

fn read_kind(text: &str) -> Option<MarkerKind> {
    let mut all = KINDS.into_iter();
    all.find(|(_, known)| *known == text).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_tagged_json() {
        let marker = Marker {
            kind: MarkerKind::SideEffect,
            version: 1,
            task: Some(TaskId(3)),
            data: "\"x\"".to_owned(),
        };
        let text = r#"{"$durable":"marker","kind":"SideEffect","version":1,"task":3,"data":"\"x\""}"#;
        assert_eq!(marker_text(&marker).unwrap(), text);
        assert_eq!(read_marker("it", text).unwrap(), Some(marker));
    }

    #[test]
    fn every_kind_comes_back() {
        for (kind, _) in KINDS {
            let marker = Marker {
                kind,
                version: u16::MAX,
                task: None,
                data: String::new(),
            };
            assert_eq!(
                read_marker("it", &marker_text(&marker).unwrap()).unwrap(),
                Some(marker)
            );
        }
    }

    #[test]
    fn data_of_others_is_no_marker() {
        for data in ["Rewound", "{}", "{\"$durable\":\"json\",\"data\":\"\"}", "[1]"] {
            assert_eq!(read_marker("it", data).unwrap(), None, "{data}");
        }
    }

    #[test]
    fn a_marker_of_a_later_release_is_named() {
        let data = r#"{"$durable":"marker","kind":"Later","version":1,"data":""}"#;
        assert_eq!(
            read_marker("the event", data).unwrap_err().to_string(),
            "the event is of the unknown kind `Later`"
        );
    }
}
