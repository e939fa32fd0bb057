//! The forms of texts: what core's parsers take, as regular expressions.

use serde_json::{Value, json};

/// Characters that no name may have.
const CONTROL: &str = "\\u0000-\\u001f\\u007f-\\u009f";

const NAME: &str = "[A-Za-z_][A-Za-z0-9_.-]{0,127}";

const NUMBER: &str = "(0|[1-9][0-9]{0,8})";

pub(super) fn instance_id() -> Value {
    let pattern = format!("^[^@/\\\\#?{CONTROL}][^/\\\\#?{CONTROL}]*$");
    json!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": pattern})
}

pub(super) fn function_name() -> Value {
    json!({"type": "string", "pattern": format!("^{NAME}$")})
}

pub(super) fn event_name() -> Value {
    let pattern = format!("^[^@{CONTROL}][^{CONTROL}]*$");
    json!({"type": "string", "minLength": 1, "maxLength": 200, "pattern": pattern})
}

pub(super) fn fence_id() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": format!("^[^{CONTROL}]+$")})
}

pub(super) fn tag() -> Value {
    json!({"type": "string", "pattern": "^[^=]+="})
}

pub(super) fn version() -> Value {
    json!({"type": "string", "pattern": format!("^{NUMBER}(\\.{NUMBER}){{0,3}}$")})
}

/// One `name` or `name@version`.
pub(super) fn code() -> Value {
    json!({"type": "string", "pattern": format!("^{}$", code_pattern())})
}

/// Several, with commas between them.
pub(super) fn codes() -> Value {
    let code = code_pattern();
    json!({"type": "string", "pattern": format!("^{code}(,{code})*$")})
}

pub(super) fn statuses(names: &[&str]) -> Value {
    let any = names.join("|");
    json!({"type": "string", "pattern": format!("^({any})(,({any}))*$")})
}

fn code_pattern() -> String {
    format!("{NAME}(@{NUMBER}(\\.{NUMBER}){{0,3}})?")
}
