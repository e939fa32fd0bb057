//! What is said about `[package.metadata.durable]`.

use super::{Message, list};

pub(crate) fn package_key(line: usize, key: &str, near: Option<&str>, known: &[&str]) -> Message {
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes {}", list(known)),
    };
    Message::new(
        "D0019",
        format!("`[package.metadata.durable]` in `Cargo.toml` has no `{key}`, line {line}"),
        help,
    )
}

pub(crate) fn package_value(line: usize, key: &str, value: &str) -> Message {
    Message::new(
        "D0019",
        format!(
            "`{key} = {value}` in `Cargo.toml`, line {line}, under `[package.metadata.durable]`: this is not a value of `{key}`"
        ),
        format!("write `{key} = true`, or `{key} = false`"),
    )
}

pub(crate) fn package_table(line: usize) -> Message {
    Message::new(
        "D0019",
        format!("`package.metadata.durable` in `Cargo.toml`, line {line}, is not a table"),
        "write `[package.metadata.durable]`, and below it `strict = true`",
    )
}

pub(crate) fn manifest_unreadable(why: &str) -> Message {
    Message::new(
        "D0019",
        format!("`Cargo.toml` cannot be read: {why}"),
        "it may say under `[package.metadata.durable]` that the package is strict; see that it can be read",
    )
}
