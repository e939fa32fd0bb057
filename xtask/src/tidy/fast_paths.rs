//! Every fast path of the architecture names a test that it is taken, and one that crashes in its middle.
//!
//! The paths are the rows of the table under `## Fast paths`: the path, then two cells with names of tests in backquotes.

use super::invariants::functions;
use crate::finding::Finding;
use crate::tree::Tree;

pub(super) const RULE: &str = "fast-paths";

const DOCUMENT: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Fast paths";

/// What the second and the third cell are to name.
const WANTED: [&str; 2] = ["a test that it is taken", "a test that crashes in its middle"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = tree.file(DOCUMENT).map(rows).unwrap_or_default();
    if rows.is_empty() {
        return vec![Finding::new(RULE, DOCUMENT, 1, "there is no table of fast paths")];
    }
    let known = functions(tree);
    let mut findings = Vec::new();
    for (line, cells) in rows {
        for (at, wanted) in WANTED.into_iter().enumerate() {
            let mut finding = |text: String| findings.push(Finding::new(RULE, DOCUMENT, line, text));
            // Every second part is between backquotes.
            let cell = cells.get(at + 1).copied().unwrap_or_default();
            let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            if named.is_empty() {
                finding(format!("the path names no {}", &wanted[2..]));
            }
            for test in named.into_iter().filter(|test| !known.contains(test)) {
                finding(format!("the path names `{test}`, which does not exist"));
            }
        }
    }
    findings
}

/// Returns the rows of the table with their cells, without its head.
fn rows(document: &crate::tree::File) -> Vec<(usize, Vec<&str>)> {
    let section = document.lines().skip_while(|(_, line)| *line != HEADING).skip(1);
    let section = section.take_while(|(_, line)| !line.starts_with("## "));
    let table = section.filter(|(_, line)| line.starts_with('|')).skip(2);
    table
        .map(|(number, line)| (number, line.trim_matches('|').split('|').collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    fn check_table(rows: &str) -> Vec<Finding> {
        let text = format!(
            "# Map\n\n{HEADING}\n\n| path | taken | crash |\n|---|---|---|\n{rows}\n## Next\n\n| x |\n"
        );
        check(&Tree::of(&[
            (DOCUMENT, &text),
            ("a.rs", "fn taken() {}\nfn crash() {}\n"),
        ]))
    }

    #[test]
    fn paths_without_existing_tests_are_found() {
        assert_findings(
            &check_table(
                "| Short | `taken` | `gone`, `crash` |\n| Long | often | `crash` |\n| Odd | `taken` |\n",
            ),
            &[
                "ARCHITECTURE.md:7: fast-paths: the path names `gone`, which does not exist",
                "ARCHITECTURE.md:8: fast-paths: the path names no test that it is taken",
                "ARCHITECTURE.md:9: fast-paths: the path names no test that crashes in its middle",
            ],
        );
    }

    #[test]
    fn paths_with_both_are_kept_and_a_missing_table_is_found() {
        assert_findings(&check_table("| Short | `taken` | the same, and `crash` |\n"), &[]);
        assert_findings(
            &check(&Tree::of(&[(DOCUMENT, "# Map\n")])),
            &["ARCHITECTURE.md:1: fast-paths: there is no table of fast paths"],
        );
    }
}
