//! A change as a unified diff, in colours where the terminal has them.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::Change;

/// Returns the changes as one unified diff.
pub(crate) fn show(changes: &[Change]) -> String {
    let mut shown = String::new();
    for change in changes {
        let before = change.before.as_deref().unwrap_or_default();
        let old = if change.before.is_some() {
            format!("a/{}", change.shown)
        } else {
            "/dev/null".to_owned()
        };
        let new = format!("b/{}", change.shown);
        // Writing to a text cannot fail.
        let _ = writeln!(shown, "\x1b[1m--- {old}\x1b[0m\n\x1b[1m+++ {new}\x1b[0m");
        let diff = TextDiff::from_lines(before, &change.after);
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            let _ = writeln!(shown, "\x1b[36m{}\x1b[0m", hunk.header());
            for line in hunk.iter_changes() {
                let (sign, colour) = match line.tag() {
                    ChangeTag::Delete => ("-", "\x1b[31m"),
                    ChangeTag::Insert => ("+", "\x1b[32m"),
                    ChangeTag::Equal => (" ", ""),
                };
                let text = line.value().trim_end_matches(['\r', '\n']);
                let end = if colour.is_empty() { "" } else { "\x1b[0m" };
                let _ = writeln!(shown, "{colour}{sign}{text}{end}");
            }
        }
    }
    shown.truncate(shown.trim_end_matches('\n').len());
    shown
}
