//! Payloads as JSON values.

use durable_core::Payload;
use serde_json::Value;

/// Returns a payload as a value: text that is no JSON becomes a string, and so does what is not even text.
pub(crate) fn value_of(payload: &Payload) -> Value {
    match payload.as_json() {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        None => Value::String(String::from_utf8_lossy(payload.bytes()).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use durable_core::Encoding;
    use serde_json::json;

    #[test]
    fn what_does_not_parse_becomes_a_string_and_null_stays_null() {
        let of = |text: &str| value_of(&Payload::from_json(text).unwrap());
        assert_eq!(of("{\"a\":[1]}"), json!({"a": [1]}));
        assert_eq!(of("null"), Value::Null);
        assert_eq!(of("plain text"), json!("plain text"));
        let custom = Payload::from_bytes(Encoding::Custom(7), vec![b'x', 0xff]).unwrap();
        assert_eq!(value_of(&custom), json!("x\u{fffd}"));
    }
}
