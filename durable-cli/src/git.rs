//! What git knows: changes that an edit could be mixed up with, and how a file was.

use std::path::Path;
use std::process::Command;

/// Returns the changed and new files of the repository that holds `dir`, as git shows them. Empty if there is no
/// repository, or no git.
pub(crate) fn uncommitted(dir: &Path) -> Vec<String> {
    let answer = ask(dir, &["status", "--porcelain"]);
    answer.unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Returns the commit that brought a text into a file last; the newest one, if the text is not committed.
pub(crate) fn first_with(dir: &Path, text: &str, file: &str) -> Option<String> {
    let search = format!("-S{text}");
    let found = ask(dir, &["log", "-1", "--format=%H", &search, "--", file])?;
    let found = if found.trim().is_empty() {
        ask(dir, &["rev-parse", "HEAD"])?
    } else {
        found
    };
    Some(found.trim().to_owned())
}

/// Returns a file below `dir` as a commit has it.
pub(crate) fn show(dir: &Path, commit: &str, file: &Path) -> Option<String> {
    let dir = dir.canonicalize().ok()?;
    let below = file.strip_prefix(&dir).ok()?.to_str()?.replace('\\', "/");
    ask(&dir, &["show", &format!("{commit}:./{below}")])
}

fn ask(dir: &Path, arguments: &[&str]) -> Option<String> {
    let answer = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .output()
        .ok()?;
    if !answer.status.success() {
        return None;
    }
    String::from_utf8(answer.stdout).ok()
}
