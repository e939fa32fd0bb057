//! What an answer that is no success says.

use serde::Deserialize;

use super::error::{StorageError, StorageErrorKind};
use super::exchange::Answer;
use super::request::Request;
use super::xml;

/// The most characters of the service's words that an error repeats.
const WORDS_MAX: usize = 200;

/// The service's own words about an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

/// Makes the error that `answer` tells of.
pub(super) fn of_answer(request: &Request, answer: &Answer) -> StorageError {
    let mut words = words(&answer.body);
    if let Some(code) = answer.header("x-ms-error-code") {
        words.code = Some(code.to_owned());
    }
    let mut error = of_words(request, answer.status, words);
    if let Some(id) = answer
        .header("x-ms-request-id")
        .filter(|id| is_asked_about(&error, id))
    {
        error.detail = match error.detail.as_str() {
            "" => format!("request {id}"),
            said => format!("{said} (request {id})"),
        };
    }
    error
}

/// Returns whether those who run the service would be asked about the error, and by which request.
fn is_asked_about(error: &StorageError, id: &str) -> bool {
    let kinds = [
        StorageErrorKind::Denied,
        StorageErrorKind::Throttled,
        StorageErrorKind::Unavailable,
    ];
    let is_id = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    kinds.contains(&error.kind) && is_id
}

pub(super) fn of_words(request: &Request, status: u16, words: Words) -> StorageError {
    let kind = kind_of(status, words.code.as_deref());
    let mut error = StorageError::new(request, kind, shown(request, status, words.message));
    error.status = Some(status);
    // A code is a word; what else stands in its place is not repeated.
    error.code = words
        .code
        .filter(|code| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric()));
    error
}

/// Reads what the service says, as XML or as JSON; nothing if it is neither.
pub(super) fn words(body: &[u8]) -> Words {
    match body.trim_ascii_start().first() {
        Some(b'{') => of_json(body),
        Some(_) => of_xml(body),
        None => Words::default(),
    }
}

fn of_xml(body: &[u8]) -> Words {
    let Ok(root) = xml::parse(body) else {
        return Words::default();
    };
    let text = |name| root.child(name).map(|child| child.text.clone());
    Words {
        code: text("Code").or_else(|| text("code")),
        message: text("Message").or_else(|| text("message")),
    }
}

fn of_json(body: &[u8]) -> Words {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "odata.error")]
        error: Error,
    }
    #[derive(Deserialize)]
    struct Error {
        code: Option<String>,
        message: Option<Message>,
    }
    #[derive(Deserialize)]
    struct Message {
        value: Option<String>,
    }
    match serde_json::from_slice::<Body>(body) {
        Ok(body) => Words {
            code: body.error.code,
            message: body.error.message.and_then(|message| message.value),
        },
        Err(_) => Words::default(),
    }
}

/// Returns as much of a message as may be shown. What the service says of a refused credential holds the signature, and
/// what was wrong with a parameter may hold a pop receipt.
fn shown(request: &Request, status: u16, message: Option<String>) -> String {
    match (status, message) {
        (401, _) => "the credential is not accepted".to_owned(),
        (403, _) => "the credential does not allow it, or this machine's clock is wrong".to_owned(),
        (_, None) => String::new(),
        (_, Some(message)) => {
            let line = message.lines().next().unwrap_or_default();
            let secret = request.query.iter().find(|(name, _)| *name == "popreceipt");
            match secret {
                Some((_, secret)) if line.contains(secret.as_str()) => String::new(),
                Some(_) | None => line.chars().take(WORDS_MAX).collect(),
            }
        }
    }
}

fn kind_of(status: u16, code: Option<&str>) -> StorageErrorKind {
    match (status, code) {
        (400, Some("PopReceiptMismatch")) => StorageErrorKind::PopReceiptMismatch,
        (400, Some("RequestBodyTooLarge" | "EntityTooLarge" | "MessageTooLarge")) | (413, _) => {
            StorageErrorKind::TooLarge
        }
        (401 | 403, _) => StorageErrorKind::Denied,
        (404, _) => StorageErrorKind::NotFound,
        (409, _) => StorageErrorKind::Conflict,
        (412, _) => StorageErrorKind::PreconditionFailed,
        (429, _) | (503, Some("ServerBusy")) => StorageErrorKind::Throttled,
        (408 | 500..=599, _) => StorageErrorKind::Unavailable,
        (400..=499, _) => StorageErrorKind::Invalid,
        (_, _) => StorageErrorKind::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::super::operation::Operation;
    use super::super::storage::Service;
    use super::*;

    fn request() -> Request {
        Request::new(
            Operation::DeleteMessage,
            Service::Queue,
            Method::DELETE,
            "/q/messages/1".to_owned(),
            "queue q".to_owned(),
        )
        .query("popreceipt", "secret-receipt")
    }

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            status,
            headers: hyper::HeaderMap::new(),
            body: body.into(),
        }
    }

    #[test]
    fn codes_are_read_from_xml_json_and_headers() {
        let xml = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>PopReceiptMismatch</Code>\
                   <Message>It did not match.\nRequestId:1</Message></Error>";
        let error = of_answer(&request(), &answer(400, xml));
        assert_eq!(error.kind, StorageErrorKind::PopReceiptMismatch);
        assert_eq!(
            error.to_string(),
            "delete message of queue q failed: 400 PopReceiptMismatch: It did not match."
        );

        let json = r#"{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en","value":"It is there."}}}"#;
        let error = of_answer(&request(), &answer(409, json));
        assert_eq!(
            (error.kind, error.code.as_deref()),
            (StorageErrorKind::Conflict, Some("EntityAlreadyExists"))
        );

        let mut busy = answer(503, "");
        busy.headers
            .insert("x-ms-error-code", "ServerBusy".parse().unwrap());
        assert_eq!(of_answer(&request(), &busy).kind, StorageErrorKind::Throttled);
        assert_eq!(
            of_answer(&request(), &answer(503, "<html>")).kind,
            StorageErrorKind::Unavailable
        );
    }

    #[test]
    fn an_error_that_the_service_is_asked_about_names_its_request() {
        let with_id = |status, id: &str| {
            let mut answer = answer(status, "");
            answer.headers.insert("x-ms-request-id", id.parse().unwrap());
            of_answer(&request(), &answer).detail
        };
        assert_eq!(with_id(500, "5b1f-00"), "request 5b1f-00");
        assert!(with_id(403, "5b1f-00").ends_with("clock is wrong (request 5b1f-00)"));
        assert_eq!(with_id(404, "5b1f-00"), "");
        assert_eq!(with_id(500, "hunter2"), "");
    }

    #[test]
    fn every_status_has_a_kind() {
        let cases = [
            (302, StorageErrorKind::Malformed),
            (400, StorageErrorKind::Invalid),
            (401, StorageErrorKind::Denied),
            (403, StorageErrorKind::Denied),
            (404, StorageErrorKind::NotFound),
            (405, StorageErrorKind::Invalid),
            (408, StorageErrorKind::Unavailable),
            (412, StorageErrorKind::PreconditionFailed),
            (413, StorageErrorKind::TooLarge),
            (429, StorageErrorKind::Throttled),
            (500, StorageErrorKind::Unavailable),
        ];
        for (status, kind) in cases {
            assert_eq!(of_answer(&request(), &answer(status, "")).kind, kind, "{status}");
        }
    }

    #[test]
    fn what_may_hold_a_secret_is_not_repeated() {
        let refused = "<Error><Code>AuthenticationFailed</Code><Message>The signature 'c2lnbmF0dXJl' is wrong</Message>\
                       <AuthenticationErrorDetail>string to sign: hunter2</AuthenticationErrorDetail></Error>";
        let parameter =
            "<Error><Code>InvalidQueryParameterValue</Code><Message>bad: secret-receipt</Message></Error>";
        let code = "<Error><Code>sig=hunter2</Code></Error>";
        for (status, body) in [(403, refused), (401, refused), (400, parameter), (400, code)] {
            let error = of_answer(&request(), &answer(status, body));
            let shown = format!("{error} {error:?}");
            for secret in ["c2lnbmF0dXJl", "hunter2", "secret-receipt"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn long_words_are_cut() {
        let long = format!("<Error><Message>{}</Message></Error>", "é".repeat(5000));
        let words = words(long.as_bytes());
        let error = of_words(&request(), 400, words);
        assert_eq!(error.detail.chars().count(), WORDS_MAX);
    }
}
