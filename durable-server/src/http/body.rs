//! Bodies of requests.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use durable_core::Payload;
use serde_json::Value;

use crate::limits::Limits;
use crate::refusal::Refusal;

/// Reads a body within its limits of size and time.
pub(crate) async fn read_body(
    body: Body,
    headers: &HeaderMap,
    most: usize,
    limits: &Limits,
) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let text = format!("the body is larger than the {most} bytes allowed");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge", text)
    };
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let slow = |_| timed_out("the body did not come in time", limits.body_time);
    let read = tokio::time::timeout(limits.body_time, to_bytes(body, most));
    match read.await.map_err(slow)? {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) if is_limit(&error) => Err(too_large()),
        Err(_) => Err(Refusal::bad("the body could not be read to its end")),
    }
}

fn timed_out(text: &str, limit: Duration) -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "timeout",
        format!("{text} ({limit:?})"),
    )
}

fn is_limit(error: &axum::Error) -> bool {
    // The one error of a complete body that is a limit's says so; its type is a crate's that is not ours to name.
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Reads a body as JSON text, and keeps it as it was written. Nesting is limited as orchestrators' is when they read it.
pub(crate) fn json_body(bytes: &[u8]) -> Result<Payload, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::bad("the body is no JSON: it is no UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let parsed: Result<Value, _> = serde_json::from_str(text);
    parsed.map_err(|error| Refusal::bad(format!("the body is no JSON: {error}")))?;
    Ok(Payload::from_json(text)?)
}

/// Returns whether a body says of itself that it is JSON.
pub(crate) fn says_json(headers: &HeaderMap) -> bool {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default();
    media.trim().eq_ignore_ascii_case("application/json")
}
