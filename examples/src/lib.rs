//! What the examples share: a fresh task hub in the system's temporary folder.

#![forbid(unsafe_code)]

pub mod shop;

use std::path::PathBuf;

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
