//! Keys as text and as JSON. Never with what they are known by.

use durable_core::Timestamp;
use durable_server::{Key, KeyText, Scope};
use serde_json::{Value, json};

use crate::error::Error;
use crate::{form, output};

/// Parses a scope.
pub(super) fn scope(text: &str) -> Result<Scope, String> {
    text.parse()
        .map_err(|error: durable_server::ScopeError| error.to_string())
}

/// Writes scopes as `--scope` takes them.
pub(super) fn scopes<'a>(scopes: impl IntoIterator<Item = &'a Scope>) -> String {
    let scopes: Vec<String> = scopes.into_iter().map(ToString::to_string).collect();
    scopes.join(",")
}

/// Returns a key.
pub(super) fn key(key: &Key) -> Value {
    json!({
        "name": key.name,
        "scopes": key.scopes,
        "created": form::moment(key.created),
        "rotated": form::moment(key.rotated),
        "old_good_until": form::moment(key.old_text_good_until()),
    })
}

/// Shows a key's text, for the one time: alone on the standard output, so that a script can take it.
pub(super) fn show(
    text: &KeyText,
    name: &str,
    old_good_until: Option<Timestamp>,
    as_json: bool,
) -> Result<(), Error> {
    if as_json {
        return output::say_json(&json!({
            "schema": 1,
            "name": name,
            "key": text.reveal(),
            "old_good_until": form::moment(old_good_until),
        }));
    }
    output::say(text.reveal())
}
