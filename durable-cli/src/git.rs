//! Whether there are changes that an edit could be mixed up with.

use std::path::Path;
use std::process::Command;

/// Returns the changed and new files of the repository that holds `dir`, as git shows them. Empty if there is no
/// repository, or no git.
pub(crate) fn uncommitted(dir: &Path) -> Vec<String> {
    let answer = Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(dir)
        .output();
    match answer {
        Ok(answer) if answer.status.success() => String::from_utf8_lossy(&answer.stdout)
            .lines()
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
