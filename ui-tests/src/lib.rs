//! Tests only: what the macros accept, refuse, and say.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::Command;

/// Runs `cargo check` with messages in JSON on the package of a folder, and returns them, one a line.
///
/// The folder is where cargo runs, so that the names of files begin there.
///
/// # Panics
///
/// If cargo does not get as far as the compiler.
pub fn cargo_check(folder: &Path, target: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--message-format=json"])
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo starts");
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let finished = text.lines().any(|line| line.contains("\"build-finished\""));
    assert!(finished, "{}", String::from_utf8_lossy(&output.stderr));
    text
}
