//! Every rule of the macros has a page, a test of what it refuses, and a test of what it accepts.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "lints";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut rules: BTreeMap<String, (&File, usize)> = BTreeMap::new();
    let messages = tree
        .under("durable-macros/src/message")
        .filter(|file| file.is_rust());
    for file in messages {
        for (line, text) in file.lines() {
            for rule in rules_in(text) {
                rules.entry(rule).or_insert((file, line));
            }
        }
    }
    let mut findings = Vec::new();
    for (rule, (file, line)) in rules {
        let mut missing = |what: String| {
            findings.push(Finding::new(
                RULE,
                &file.path,
                line,
                format!("{rule} has no {what}"),
            ));
        };
        let page = format!("docs/lints/{rule}.md");
        if tree.file(&page).is_none() {
            missing(page);
        }
        // What depends on a file beside the package is tested in packages of their own.
        let in_package = |file: &File| file.is_rust() && file.text.contains(&format!("\"{rule}\""));
        if !tree
            .under("ui-tests/tests/fail/")
            .any(|file| file.is_rust() && file.stem().starts_with(&rule))
            && !tree.under("ui-tests/tests/lock/").any(in_package)
        {
            missing(format!("test ui-tests/tests/fail/{rule}_*.rs"));
        }
        // One program may show the accepted form of several rules; a comment then says which.
        if !tree
            .under("ui-tests/tests/pass/")
            .chain(tree.under("ui-tests/tests/lock/accepted"))
            .any(|file| file.stem().starts_with(&rule) || file.text.contains(&rule))
        {
            missing("test in ui-tests/tests/pass that names it".to_owned());
        }
    }
    findings
}

/// Returns the ids of the form `D0010` that are whole string literals.
fn rules_in(line: &str) -> impl Iterator<Item = String> {
    line.split('"').filter(|text| is_rule(text)).map(str::to_owned)
}

fn is_rule(text: &str) -> bool {
    let digits = text.strip_prefix('D').unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    const MESSAGES: &str = "fn not_async() {\n    Message::new(\"D0010\", \"must be async\")\n}\n";

    #[test]
    fn a_rule_without_page_and_tests_is_found() {
        let tree = Tree::of(&[
            ("durable-macros/src/message.rs", MESSAGES),
            ("ui-tests/tests/fail/D0010_async.stderr", ""),
            ("ui-tests/tests/pass/functions.rs", "fn main() {}"),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "durable-macros/src/message.rs:2: lints: D0010 has no docs/lints/D0010.md",
                "durable-macros/src/message.rs:2: lints: D0010 has no test ui-tests/tests/fail/D0010_*.rs",
                "durable-macros/src/message.rs:2: lints: D0010 has no test in ui-tests/tests/pass that names it",
            ],
        );
    }

    #[test]
    fn a_rule_tested_in_packages_of_their_own_is_kept() {
        let tree = Tree::of(&[
            ("durable-macros/src/message.rs", MESSAGES),
            ("docs/lints/D0010.md", ""),
            (
                "ui-tests/tests/lock/bodies.rs",
                "package.fails(\"D0010\", \"x\");",
            ),
            (
                "ui-tests/tests/lock/accepted.rs",
                "// The accepted form of D0010\n",
            ),
        ]);
        assert_findings(&check(&tree), &[]);
    }

    #[test]
    fn a_rule_with_page_and_tests_is_kept() {
        let tree = Tree::of(&[
            ("durable-macros/src/message.rs", MESSAGES),
            ("docs/lints/D0010.md", ""),
            ("ui-tests/tests/fail/D0010_async.rs", ""),
            ("ui-tests/tests/pass/functions.rs", "// D0010: an `async fn`\n"),
        ]);
        assert_findings(&check(&tree), &[]);
    }
}
