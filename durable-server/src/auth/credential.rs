//! What a request shows of who asks.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::http::Query;
use crate::refusal::Refusal;

/// Returns the key or token of a request: the header `x-functions-key`, `Authorization: Bearer`, or the query's `code`.
pub(super) fn of(headers: &HeaderMap, query: &Query) -> Result<Option<String>, Refusal> {
    let text = |name: &str, value: &axum::http::HeaderValue| {
        let text = value.to_str().map(str::to_owned);
        text.map_err(|_| Refusal::bad(format!("the header `{name}` is no text")))
    };
    if let Some(value) = headers.get("x-functions-key") {
        return text("x-functions-key", value).map(Some);
    }
    if let Some(value) = headers.get(AUTHORIZATION) {
        let value = text("Authorization", value)?;
        let (scheme, code) = value.split_once(' ').unwrap_or((&value, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Some(code.trim().to_owned()));
        }
    }
    Ok(query.first("code").map(str::to_owned))
}
