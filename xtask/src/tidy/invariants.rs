//! Every invariant of the architecture names a test that exists.
//!
//! An invariant is a point of a list: ``- **I3** Replay is pure. — test: `engine::impure_imports_are_found` ``. It may go
//! on over several lines and name several tests; a test may also be a file, such as one of `ui-tests`.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "invariants";

const DOCUMENT: &str = "ARCHITECTURE.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let invariants = tree.file(DOCUMENT).map(read).unwrap_or_default();
    if invariants.is_empty() {
        return vec![Finding::new(RULE, DOCUMENT, 1, "there are no invariants")];
    }
    let functions = functions(tree);
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for Invariant { line, id, tests } in &invariants {
        let mut finding =
            |text: String| findings.push(Finding::new(RULE, DOCUMENT, *line, format!("{id} {text}")));
        if !seen.insert(id) {
            finding("is there twice".to_owned());
        }
        if tests.is_empty() {
            finding("names no test".to_owned());
        }
        for test in tests {
            let name = test.rsplit("::").next().unwrap_or(test);
            if !functions.contains(name) && tree.file(test).is_none() {
                finding(format!("names `{test}`, which does not exist"));
            }
        }
    }
    findings
}

#[derive(Debug, Default)]
struct Invariant {
    line: usize,
    id: String,
    tests: Vec<String>,
}

fn read(document: &File) -> Vec<Invariant> {
    let mut points: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in document.lines() {
        if line.starts_with("- **I") {
            points.push((number, line.to_owned()));
            open = true;
        } else if let (true, true, Some((_, text))) = (open, line.starts_with("  "), points.last_mut()) {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            open = false;
        }
    }
    points
        .iter()
        .filter_map(|(line, text)| invariant(*line, text))
        .collect()
}

fn invariant(line: usize, text: &str) -> Option<Invariant> {
    let (id, rest) = text.strip_prefix("- **")?.split_once("**")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !id.strip_prefix('I').is_some_and(is_number) {
        return None;
    }
    let named = rest
        .split_once("test: ")
        .or_else(|| rest.split_once("tests: "))
        .map_or("", |(_, named)| named);
    // Every second part is between backquotes.
    let tests = named.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    Some(Invariant {
        line,
        id: id.to_owned(),
        tests,
    })
}

/// Returns the names of all functions.
pub(super) fn functions(tree: &Tree) -> BTreeSet<&str> {
    let after_fn = tree.rust().flat_map(|file| file.text.split("fn ").skip(1));
    after_fn
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn a_missing_document_is_found() {
        assert_findings(
            &check(&Tree::default()),
            &["ARCHITECTURE.md:1: invariants: there are no invariants"],
        );
    }

    #[test]
    fn invariants_without_an_existing_test_are_found() {
        let text = "# Map\n\n- **I1** Pure. — test: `engine::gone`\n- **I2** Small.\n- **I2** Small. — test: `a::kept`\n";
        let tree = Tree::of(&[(DOCUMENT, text), ("a.rs", "fn kept() {}\n")]);
        assert_findings(
            &check(&tree),
            &[
                "ARCHITECTURE.md:3: invariants: I1 names `engine::gone`, which does not exist",
                "ARCHITECTURE.md:4: invariants: I2 names no test",
                "ARCHITECTURE.md:5: invariants: I2 is there twice",
            ],
        );
    }

    #[test]
    fn tests_by_name_or_by_file_over_several_lines_are_kept() {
        let text = "- **I1** Pure, and a long\n  story. — test: `a::kept`,\n  `ui/b.rs`\n\nText with `c`.\n";
        let tree = Tree::of(&[(DOCUMENT, text), ("a.rs", "    fn kept() {}\n"), ("ui/b.rs", "")]);
        assert_findings(&check(&tree), &[]);
    }
}
