//! Every obligation of the hub contract has a conformance case, and the reverse.
//!
//! The test kit compares the names as well; this only makes sure that neither list is forgotten.

use crate::finding::Finding;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "contract";

const DOCUMENT: &str = "docs/hub-contract.md";
const CASES: &str = "durable-testkit/src/conformance.rs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (Some(document), Some(cases)) = (tree.file(DOCUMENT), tree.file(CASES)) else {
        return vec![Finding::new(
            RULE,
            DOCUMENT,
            1,
            format!("{DOCUMENT} or {CASES} is missing"),
        )];
    };
    let (obligations, tested) = (numbers(document, "**"), numbers(cases, "\""));
    let lacking = |from: &[(usize, String)], to: &[(usize, String)], file: &File, what: &str| {
        let missing = from
            .iter()
            .filter(|(_, number)| to.iter().all(|(_, other)| other != number));
        missing
            .map(|(line, number)| Finding::new(RULE, &file.path, *line, format!("{number} has no {what}")))
            .collect::<Vec<_>>()
    };
    let mut findings = lacking(&obligations, &tested, document, "conformance case");
    findings.extend(lacking(
        &tested,
        &obligations,
        cases,
        "obligation in the contract",
    ));
    findings
}

/// Returns the numbers of the form `H-001` between two marks.
fn numbers(file: &File, mark: &str) -> Vec<(usize, String)> {
    let is_number = |text: &str| {
        let digits = text.strip_prefix("H-").unwrap_or_default();
        digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let marked = file
        .lines()
        .flat_map(|(line, text)| text.split(mark).map(move |part| (line, part)));
    marked
        .filter(|(_, part)| is_number(part))
        .map(|(line, part)| (line, part.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn numbers_on_one_side_only_are_found() {
        let tree = Tree::of(&[
            (DOCUMENT, "\n**H-001** `a::b`\n**H-002** `a::c`\n"),
            (CASES, "\"H-001\" b,\n\"H-003\" d,\n"),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "docs/hub-contract.md:3: contract: H-002 has no conformance case",
                "durable-testkit/src/conformance.rs:2: contract: H-003 has no obligation in the contract",
            ],
        );
    }

    #[test]
    fn equal_lists_are_kept() {
        let tree = Tree::of(&[(DOCUMENT, "**H-001** `a::b`\n"), (CASES, "\"H-001\" b,\n")]);
        assert_findings(&check(&tree), &[]);
    }
}
