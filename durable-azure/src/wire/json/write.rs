//! Writing, to the byte as Newtonsoft.Json does with its default settings.

use std::fmt::Write as _;

use super::{Json, Object};

/// Whether objects carry `$type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Types {
    /// In messages.
    Written,
    /// In columns.
    Left,
}

impl Json {
    /// Writes the value on one line, without spaces.
    pub(crate) fn write(&self, types: Types) -> String {
        let mut output = String::new();
        write_value(&mut output, self, types);
        output
    }
}

impl Object {
    /// Writes the object on one line, without spaces.
    pub(crate) fn write(&self, types: Types) -> String {
        let mut output = String::new();
        write_object(&mut output, self, types);
        output
    }
}

fn write_value(output: &mut String, value: &Json, types: Types) {
    match value {
        Json::Null => output.push_str("null"),
        Json::Bool(true) => output.push_str("true"),
        Json::Bool(false) => output.push_str("false"),
        // Writing to a text cannot fail.
        Json::Number(number) => {
            let _ = write!(output, "{number}");
        }
        Json::Text(text) => write_text(output, text),
        Json::Time(at) => {
            let _ = write!(output, "\"{at}\"");
        }
        Json::Array(items) => {
            output.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    output.push(',');
                }
                write_value(output, item, types);
            }
            output.push(']');
        }
        Json::Object(object) => write_object(output, object, types),
    }
}

fn write_object(output: &mut String, object: &Object, types: Types) {
    output.push('{');
    let mut first = true;
    if let (Some(ty), Types::Written) = (&object.ty, types) {
        output.push_str("\"$type\":");
        write_text(output, ty);
        first = false;
    }
    for (name, value) in &object.members {
        if !first {
            output.push(',');
        }
        first = false;
        write_text(output, name);
        output.push(':');
        write_value(output, value, types);
    }
    output.push('}');
}

/// Writes a text in quotes.
///
/// Newtonsoft.Json escapes the quote, the backslash, what is below U+0020, and three line ends of Unicode; everything
/// else stands as it is. U+FFFE and U+FFFF are escaped besides: no XML may hold them, and messages travel in XML.
fn write_text(output: &mut String, text: &str) {
    output.push('"');
    for c in text.chars() {
        match c {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            '\u{8}' => output.push_str("\\b"),
            '\u{c}' => output.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(output, "\\u{:04x}", u32::from(c));
            }
            _ => output.push(c),
        }
    }
    output.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        Json::from(text).write(Types::Written)
    }

    #[test]
    fn texts_are_escaped_as_newtonsoft_does() {
        for (text, json) in [
            ("a/b'<>&+", r#""a/b'<>&+""#),
            ("\"\\", r#""\"\\""#),
            ("\n\r\t\u{8}\u{c}", r#""\n\r\t\b\f""#),
            ("\0\u{1}\u{1f}", "\"\\u0000\\u0001\\u001f\""),
            (
                "\u{7f}\u{80}\u{84}\u{86}\u{9f}",
                "\"\u{7f}\u{80}\u{84}\u{86}\u{9f}\"",
            ),
            (
                "\u{85}\u{2027}\u{2028}\u{2029}",
                "\"\\u0085\u{2027}\\u2028\\u2029\"",
            ),
            ("é€🦀", "\"é€🦀\""),
            ("\u{fffd}\u{fffe}\u{ffff}", "\"\u{fffd}\\ufffe\\uffff\""),
        ] {
            assert_eq!(written(text), json);
        }
    }

    #[test]
    fn the_type_is_the_first_member_of_a_message_and_is_left_out_of_a_column() {
        let mut inner = Object::of_type("B");
        inner.push("x", Json::Array(vec![Json::Null, true.into(), (-1).into()]));
        let mut object = Object::of_type("A");
        object.push("inner", inner);
        object.push("none", None::<String>);
        assert_eq!(
            object.write(Types::Written),
            r#"{"$type":"A","inner":{"$type":"B","x":[null,true,-1]},"none":null}"#
        );
        assert_eq!(
            object.write(Types::Left),
            r#"{"inner":{"x":[null,true,-1]},"none":null}"#
        );
    }
}
