//! Ids as the file has them: 32 hexadecimal digits, as ids are drawn, are 16 bytes; any other text is itself.

use durable_core::NameError;
use rusqlite::types::{ToSqlOutput, Type, Value, ValueRef};
use rusqlite::{Row, ToSql};

/// How many digits an id that is drawn has.
pub(crate) const DIGITS: usize = 32;

/// An id on its way into the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<'a>(pub(crate) &'a str);

impl ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match bits(self.0) {
            Some(bits) => ToSqlOutput::Owned(Value::Blob(bits.to_be_bytes().to_vec())),
            None => ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_bytes())),
        })
    }
}

/// Returns the number that the text is, if it is written as this module writes numbers.
fn bits(text: &str) -> Option<u128> {
    if text.len() != DIGITS || !text.bytes().all(is_digit) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

/// Returns whether the byte is a digit as this module writes it.
pub(crate) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// Reads a column with an id.
pub(crate) fn parse_id<T>(
    row: &Row<'_>,
    column: usize,
    new: impl FnOnce(&str) -> Result<T, NameError>,
) -> rusqlite::Result<T> {
    let parsed = match row.get_ref(column)? {
        ValueRef::Blob(bytes) => {
            let bits = bytes.try_into().map(u128::from_be_bytes);
            let bits = bits.map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, Box::new(error))
            })?;
            new(&format!("{bits:032x}"))
        }
        text => new(text.as_str()?),
    };
    parsed.map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the file makes of an id.
    fn stored(text: &str) -> Value {
        match Packed(text).to_sql().unwrap() {
            ToSqlOutput::Owned(value) => value,
            ToSqlOutput::Borrowed(ValueRef::Text(text)) => {
                Value::Text(String::from_utf8_lossy(text).into_owned())
            }
            other => panic!("an id became {other:?}"),
        }
    }

    #[test]
    fn only_ids_that_come_back_as_they_were_are_packed() {
        let drawn = "00112233445566778899aabbccddeeff";
        assert_eq!(stored(drawn), Value::Blob((0..16).map(|at| at * 0x11).collect()));
        for text in [
            "order-42",
            "00112233445566778899AABBCCDDEEFF",
            "+0112233445566778899aabbccddeeff",
            "00112233445566778899aabbccddeef",
        ] {
            assert_eq!(stored(text), Value::Text(text.to_owned()));
        }
    }
}
