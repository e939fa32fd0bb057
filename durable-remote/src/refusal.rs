//! What a server's refusal is for a caller of the hub.

use durable_core::hub::{HubError, HubErrorKind};
use serde::Deserialize;

use crate::call::Call;

/// The most characters that are shown of what a server says.
const SHOWN_MAX: usize = 400;

/// The body of a refusal. `kind` is there if the hub itself has refused.
#[derive(Debug, Deserialize)]
struct Refused {
    message: String,
    #[serde(default)]
    kind: Option<String>,
}

/// Makes an error of a refusal. What the hub has refused has the hub's own kind and words.
pub(crate) fn refused(place: &str, call: &Call, status: u16, body: &[u8]) -> HubError {
    let said = serde_json::from_slice::<Refused>(body).ok();
    if let Some(Refused {
        message,
        kind: Some(kind),
    }) = &said
    {
        // A kind of a later release: its words are still there.
        let kind = HubErrorKind::named(kind).unwrap_or(HubErrorKind::Unavailable);
        return HubError::new(kind, message.clone());
    }
    let told = said.map(|said| said.message.chars().take(SHOWN_MAX).collect::<String>());
    let told = told.as_deref();
    let because = told.map(|told| format!(": {told}")).unwrap_or_default();
    let (kind, text) = match status {
        300..400 => (
            HubErrorKind::Unsupported,
            format!(
                "the server at `{place}` leads elsewhere, where a key is not taken to: give the address itself"
            ),
        ),
        401 | 403 => (
            HubErrorKind::Denied,
            format!("the server at `{place}` does not allow it{because}"),
        ),
        404 | 405 | 501 => (
            HubErrorKind::Unsupported,
            format!(
                "the server at `{place}` has no route `{} {}{}`{because}; is it of an earlier release, or served under another path?",
                call.verb,
                durable_core::hub::wire::BASE,
                call.route.replace("{}", "{id}"),
            ),
        ),
        400 | 413 | 414 | 421 | 422 | 431 => (
            HubErrorKind::Invalid,
            told.map_or_else(
                || format!("the server at `{place}` refuses the request ({status})"),
                str::to_owned,
            ),
        ),
        _ => (
            HubErrorKind::Unavailable,
            format!("the server at `{place}` answers {status}{because}"),
        ),
    };
    HubError::new(kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> (HubErrorKind, String) {
        let call = Call::get("/instances/{}/history", "order-1");
        let error = refused("https://h", &call, status, body.as_bytes());
        (error.kind(), error.to_string())
    }

    #[test]
    fn what_the_hub_refuses_has_its_kind_and_its_words() {
        for kind in HubErrorKind::ALL {
            let body = format!(
                "{{\"error\": \"e\", \"message\": \"the words\", \"kind\": \"{}\"}}",
                kind.name()
            );
            assert_eq!(of(409, &body), (kind, "the words".to_owned()));
        }
        let later = "{\"error\": \"e\", \"message\": \"the words\", \"kind\": \"Later\"}";
        assert_eq!(
            of(409, later),
            (HubErrorKind::Unavailable, "the words".to_owned())
        );
    }

    #[test]
    fn a_missing_route_is_named_and_neither_key_nor_id_is() {
        let (kind, text) = of(
            404,
            "{\"error\": \"notFound\", \"message\": \"there is no such route\"}",
        );
        assert_eq!(kind, HubErrorKind::Unsupported);
        assert_eq!(
            text,
            "the server at `https://h` has no route `GET /durable/hub/v1/instances/{id}/history`: there is no such route; is it \
             of an earlier release, or served under another path?"
        );
        assert_eq!(of(404, "<html>not found</html>").0, HubErrorKind::Unsupported);
    }

    #[test]
    fn what_stands_before_the_hub_is_told_by_its_status() {
        let body = "{\"error\": \"e\", \"message\": \"why\"}";
        for (status, kind) in [
            (301, HubErrorKind::Unsupported),
            (400, HubErrorKind::Invalid),
            (401, HubErrorKind::Denied),
            (403, HubErrorKind::Denied),
            (413, HubErrorKind::Invalid),
            (429, HubErrorKind::Unavailable),
            (500, HubErrorKind::Unavailable),
            (502, HubErrorKind::Unavailable),
            (503, HubErrorKind::Unavailable),
        ] {
            assert_eq!(of(status, body).0, kind, "{status}");
            assert_eq!(of(status, "no JSON").0, kind, "{status}");
        }
    }
}
