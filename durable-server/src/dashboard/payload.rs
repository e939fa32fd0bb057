//! Payloads as the page shows them: as they are written, and cut where they are too long to be looked at.

use durable_core::{FailureDetails, Payload};
use serde_json::{Value, json};

/// Returns a payload of which at most so many bytes are told. `json` says whether the text is JSON.
pub(super) fn shown(payload: &Payload, most: usize) -> Value {
    let text = String::from_utf8_lossy(payload.bytes());
    let cut = cut(&text, most);
    json!({
        "text": cut,
        "bytes": payload.bytes().len(),
        "whole": cut.len() == text.len(),
        "json": payload.as_json().is_some(),
    })
}

/// Returns a failure with its causes.
pub(super) fn failure(failure: &FailureDetails, most: usize) -> Value {
    let causes: Vec<&str> = failure
        .causes
        .iter()
        .map(|cause| cut(&cause.message, most))
        .collect();
    let details = failure.json.as_deref().map(|text| {
        let cut = cut(text, most);
        json!({"text": cut, "bytes": text.len(), "whole": cut.len() == text.len(), "json": true})
    });
    json!({
        "origin": failure.origin,
        "kind": failure.kind,
        "message": cut(&failure.message, most),
        "nonRetriable": failure.non_retriable,
        "causes": causes,
        "details": details,
    })
}

/// Cuts a text at a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_payloads_are_cut_at_a_character_and_say_so() {
        let payload = Payload::from_json("\"éé\"").unwrap();
        assert_eq!(
            shown(&payload, 100),
            json!({"text": "\"éé\"", "bytes": 6, "whole": true, "json": true})
        );
        assert_eq!(
            shown(&payload, 4),
            json!({"text": "\"é", "bytes": 6, "whole": false, "json": true})
        );
    }
}
