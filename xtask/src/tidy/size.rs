//! A file holds one concept, so it stays short.

use crate::finding::Finding;
use crate::tree::Tree;

pub(super) const RULE: &str = "size";

const LINES_MAX: usize = 600;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let counted = tree.rust().map(|file| (file, file.text.lines().count()));
    counted
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| {
            Finding::new(
                RULE,
                &file.path,
                lines,
                format!("{lines} lines; the most is {LINES_MAX}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn only_rust_files_over_the_limit_are_found() {
        let (long, longest) = ("\n".repeat(601), "\n".repeat(600));
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &longest), ("c.md", &long)]);
        assert_findings(&check(&tree), &["a.rs:601: size: 601 lines; the most is 600"]);
    }
}
