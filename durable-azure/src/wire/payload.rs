//! Payloads as texts.
//!
//! The framework's payloads are JSON texts, and so are ours. What is none, or what no XML or table may hold, is wrapped:
//! `{"$durable":"json","data":"…"}` with the bytes as base64, or `{"$durable":"custom:7",…}` for an encoding of the
//! application's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable_core::{Encoding, Payload, PayloadError};
use serde_json::value::RawValue;

use super::json::{Json, Object, Types};

const WRAPPED: &str = "{\"$durable\":\"";
const JSON: &str = "json";
const CUSTOM: &str = "custom:";

/// Returns the text of a payload.
pub(crate) fn payload_text(payload: &Payload) -> String {
    match payload.as_json() {
        Some(text) if is_plain(text) => text.to_owned(),
        Some(_) | None => wrap(payload),
    }
}

/// Reads a payload; no text is the payload of `()`.
pub(crate) fn read_payload(text: Option<&str>) -> Result<Payload, PayloadError> {
    let Some(text) = text else {
        return Ok(Payload::unit());
    };
    match unwrap(text) {
        Some((encoding, bytes)) => Payload::from_bytes(encoding, bytes),
        None => Payload::from_json(text),
    }
}

/// Returns the text of an activity's input: a JSON array of one argument, as Functions writes it.
pub(crate) fn arguments_text(input: &Payload) -> String {
    let text = payload_text(input);
    // Otherwise the argument that is read back would be another text, or none at all.
    if argument(&text).is_some_and(|argument| argument == text) {
        format!("[{text}]")
    } else {
        format!("[{}]", wrap(input))
    }
}

/// Reads an activity's input: the argument of an array of one, nothing of an empty array, and all else as it is.
pub(crate) fn read_arguments(text: Option<&str>) -> Result<Payload, PayloadError> {
    let Some(text) = text else {
        return Ok(Payload::unit());
    };
    let Ok(arguments) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return read_payload(Some(text));
    };
    match arguments.as_slice() {
        [] => Ok(Payload::unit()),
        [one] => read_payload(Some(one.get())),
        [_, _, ..] => read_payload(Some(text)),
    }
}

/// Returns the one value that a text holds, without the spaces around it.
fn argument(text: &str) -> Option<&str> {
    serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get)
}

/// Returns whether a JSON text may stand as it is. A valid one has no control characters but those that are spaces.
fn is_plain(text: &str) -> bool {
    let unfit = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => c < ' ',
    };
    !text.contains(unfit) && unwrap(text).is_none()
}

fn wrap(payload: &Payload) -> String {
    let encoding = match payload.encoding() {
        Encoding::Json => JSON.to_owned(),
        Encoding::Custom(number) => format!("{CUSTOM}{number}"),
    };
    let mut object = Object::default();
    object.push("$durable", encoding);
    object.push("data", STANDARD.encode(payload.bytes()));
    object.write(Types::Left)
}

fn unwrap(text: &str) -> Option<(Encoding, Vec<u8>)> {
    if !text.starts_with(WRAPPED) {
        return None;
    }
    let Ok(Json::Object(object)) = super::json::parse("the payload", text) else {
        return None;
    };
    let [(first, Json::Text(encoding)), (second, Json::Text(data))] = object.members.as_slice() else {
        return None;
    };
    if (first.as_str(), second.as_str()) != ("$durable", "data") {
        return None;
    }
    let encoding = match encoding.strip_prefix(CUSTOM) {
        Some(number) => Encoding::Custom(number.parse().ok()?),
        None if encoding == JSON => Encoding::Json,
        None => return None,
    };
    Some((encoding, STANDARD.decode(data).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Payload {
        Payload::from_json(text).unwrap()
    }

    #[test]
    fn json_stands_as_it_is_and_everything_else_is_wrapped() {
        assert_eq!(payload_text(&json("{\"total\":5}")), "{\"total\":5}");
        assert_eq!(payload_text(&json("[1,\n 2]")), "[1,\n 2]");
        let custom = Payload::from_bytes(Encoding::Custom(7), vec![0, 255]).unwrap();
        assert_eq!(payload_text(&custom), r#"{"$durable":"custom:7","data":"AP8="}"#);
        let broken = Payload::from_bytes(Encoding::Json, vec![0xff]).unwrap();
        assert_eq!(payload_text(&broken), r#"{"$durable":"json","data":"/w=="}"#);
    }

    #[test]
    fn a_payload_that_looks_wrapped_comes_back_as_it_was() {
        let text = r#"{"$durable":"json","data":"AA=="}"#;
        let stored = payload_text(&json(text));
        assert_ne!(stored, text);
        assert_eq!(read_payload(Some(&stored)).unwrap(), json(text));
    }

    #[test]
    fn what_only_begins_as_a_wrapped_payload_is_taken_as_it_is() {
        for text in [
            r#"{"$durable":"json"}"#,
            r#"{"$durable":"other","data":"AA=="}"#,
            r#"{"$durable":"json","data":"?"}"#,
            r#"{"$durable":"json","data":"AA==","more":1}"#,
        ] {
            assert_eq!(payload_text(&json(text)), text);
            assert_eq!(read_payload(Some(text)).unwrap(), json(text));
        }
    }

    #[test]
    fn an_activity_s_input_is_an_array_of_one_argument() {
        assert_eq!(arguments_text(&json("{\"total\":5}")), "[{\"total\":5}]");
        assert_eq!(arguments_text(&json("[1,2]")), "[[1,2]]");
        assert_eq!(arguments_text(&Payload::unit()), "[null]");
    }

    #[test]
    fn what_others_write_as_arguments_is_read() {
        for (text, payload) in [
            (Some("[\"London\"]"), "\"London\""),
            (Some("[ {\"a\": 1} ]"), "{\"a\": 1}"),
            (Some("[]"), "null"),
            (None, "null"),
            (Some("[1,2]"), "[1,2]"),
            (Some("5"), "5"),
            (Some("no json"), "no json"),
        ] {
            assert_eq!(read_arguments(text).unwrap(), json(payload), "{text:?}");
        }
    }

    /// Payloads of all kinds: any text, any bytes, and what looks like the forms of this module.
    fn payloads() -> impl Strategy<Value = Payload> {
        let text = prop_oneof![
            any::<String>(),
            "[\\[\\]{}\", 0-9a]{0,12}",
            Just("{\"$durable\":\"json\",\"data\":\"\"}".to_owned()),
            Just(" 5 ".to_owned()),
            Just("\"\u{0}\"".to_owned()),
        ];
        prop_oneof![
            text.prop_map(|text| Payload::from_json(&text).unwrap()),
            any::<Vec<u8>>().prop_map(|bytes| Payload::from_bytes(Encoding::Json, bytes).unwrap()),
            (any::<u16>(), any::<Vec<u8>>()).prop_map(|(number, bytes)| Payload::from_bytes(
                Encoding::Custom(number),
                bytes
            )
            .unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn every_payload_comes_back(payload in payloads()) {
            prop_assert_eq!(read_payload(Some(&payload_text(&payload))).unwrap(), payload.clone());
            let arguments = arguments_text(&payload);
            prop_assert_eq!(read_arguments(Some(&arguments)).unwrap(), payload);
        }
    }
}
