//! What the examples share: which task hub they work on.

#![forbid(unsafe_code)]

pub mod shop;

use std::path::PathBuf;

use durable::hub::DescribesHub;

/// Returns the hub of an example: the one that its option `--hub` names, or else a fresh SQLite file.
///
/// ```text
/// cargo run --bin hello
/// DURABLE_AZURE_CONNECTION_STRING='UseDevelopmentStorage=true' cargo run --bin hello -- --hub azure://Hello
/// ```
///
/// # Errors
///
/// If there can be no such hub.
///
/// # Panics
///
/// As [`fresh_hub`].
pub fn hub(example: &str) -> durable::Result<Box<dyn DescribesHub>> {
    Ok(durable::hub_at(&place(example))?)
}

/// Returns where the hub of an example is: what follows `--hub`, or else a fresh SQLite file.
///
/// # Panics
///
/// As [`fresh_hub`], or if the path of the temporary folder is not UTF-8.
#[must_use]
pub fn place(example: &str) -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--hub");
    arguments.nth(1).unwrap_or_else(|| {
        let file = fresh_hub(example);
        file.to_str()
            .expect("the system's temporary folder has a readable name")
            .to_owned()
    })
}

/// Returns a path for the example's hub, with nothing there.
///
/// # Panics
///
/// If the system's temporary folder cannot be written to.
#[must_use]
pub fn fresh_hub(example: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("durable-example-{example}-{}", std::process::id()));
    // A folder that is not there is as good as an emptied one.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the system's temporary folder can be written to");
    folder.join("hub.db")
}
