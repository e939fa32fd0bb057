//! Reading.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Json, Object};
use crate::wire::WireError;

/// How deep a value may be nested, which is `serde_json`'s limit. Newtonsoft.Json reads 64 levels.
pub(crate) const DEPTH_MAX: usize = 128;

/// Reads a text as one value. `what` names it in errors.
pub(crate) fn parse(what: &str, text: &str) -> Result<Json, WireError> {
    serde_json::from_str(text).map_err(|error| {
        let problem = error.to_string();
        // The parser has no other way to tell.
        if problem.starts_with("recursion limit exceeded") {
            return WireError::Depth {
                what: what.to_owned(),
                max: DEPTH_MAX,
            };
        }
        WireError::Json {
            what: what.to_owned(),
            problem,
        }
    })
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(number);
        number
            .map(Json::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut object = Object::default();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value()?;
            if name != "$type" {
                object.members.push((name, value));
            } else if let Json::Text(ty) = value {
                object.ty = Some(without_assembly(&ty).to_owned());
            } else {
                return Err(A::Error::custom("`$type` is not a text"));
            }
        }
        Ok(Json::Object(object))
    }
}

/// Cuts off the assembly, which old versions wrote: `DurableTask.Core.TaskMessage, DurableTask.Core`.
///
/// The commas within the brackets of a generic type are not those of an assembly.
fn without_assembly(ty: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in ty.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return ty.get(..at).unwrap_or(ty).trim_end(),
            _ => {}
        }
    }
    ty
}

#[cfg(test)]
mod tests {
    use super::super::Types;
    use super::*;

    #[test]
    fn members_keep_their_order_and_the_type_is_taken_out_wherever_it_stands() {
        let text = r#"{"b":1,"$type":"A, B, Version=1.0.0.0","a":[{"z":null,"y":-2.5}]}"#;
        let value = parse("it", text).unwrap();
        assert_eq!(
            value.write(Types::Written),
            r#"{"$type":"A","b":1,"a":[{"z":null,"y":-2.5}]}"#
        );
    }

    #[test]
    fn the_assembly_is_cut_off_behind_the_brackets_only() {
        let map =
            "System.Collections.Generic.Dictionary`2[[System.String, mscorlib],[System.String, mscorlib]]";
        assert_eq!(without_assembly(map), map);
        assert_eq!(without_assembly(&format!("{map}, mscorlib, Version=4")), map);
        assert_eq!(without_assembly("A.B, C"), "A.B");
    }

    #[test]
    fn what_is_nested_too_deep_is_told_apart() {
        let text = "[".repeat(DEPTH_MAX + 1);
        assert_eq!(
            parse("the message", &text).unwrap_err().to_string(),
            "the message is nested deeper than 128 levels"
        );
        assert!(matches!(parse("the message", "{"), Err(WireError::Json { .. })));
        let text = format!("{}{}", "[".repeat(DEPTH_MAX - 1), "]".repeat(DEPTH_MAX - 1));
        assert!(parse("the message", &text).is_ok());
    }

    #[test]
    fn large_integers_are_exact() {
        let text = "[9223372036854775807,-9223372036854775808,18446744073709551615]";
        assert_eq!(parse("it", text).unwrap().write(Types::Left), text);
    }
}
