//! JSON that a user gives: as it stands, from a file, or from the standard input.

use std::io::Read as _;

use serde_json::Value;

use crate::error::Error;

/// Reads what an option gives: JSON, `@FILE`, or `-` for the standard input. `null` if it is not given.
pub(super) fn read(option: &str, given: Option<&str>) -> Result<Value, Error> {
    let text = match given {
        None => return Ok(Value::Null),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| {
                Error::failed(
                    format!("the standard input cannot be read: {error}"),
                    "give a file with `@FILE`",
                )
            })?;
            text
        }
        Some(given) => match given.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                Error::failed(
                    format!("cannot read `{file}`: {error}"),
                    "check that the file exists",
                )
            })?,
            None => given.to_owned(),
        },
    };
    serde_json::from_str(&text).map_err(|error| {
        let hint =
            "a text needs quotes of its own: '\"like this\"'; `@FILE` reads a file, `-` the standard input";
        Error::usage(format!("`{option}` is not JSON: {error}"), hint)
    })
}
