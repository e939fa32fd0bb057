//! The checks that neither the compiler nor clippy makes, one rule per file.

mod arrows;
mod codec;
mod contract;
mod engine;
mod examples;
mod fast_paths;
mod http;
mod invariants;
mod lints;
mod marks;
mod places;
mod size;
mod unsafe_code;

use crate::finding::Finding;
use crate::tree::{self, Tree};
use crate::workspace::{self, Package};

/// What a rule looks at.
struct Subject {
    tree: Tree,
    packages: Vec<Package>,
}

/// A rule by its name, and what checks it.
type Rule = (&'static str, fn(&Subject) -> Vec<Finding>);

const RULES: [Rule; 13] = [
    (arrows::RULE, |subject| {
        arrows::check(&subject.tree, &subject.packages)
    }),
    (engine::RULE, |subject| engine::check(&subject.tree)),
    (size::RULE, |subject| size::check(&subject.tree)),
    (unsafe_code::RULE, |subject| {
        unsafe_code::check(&subject.tree, &subject.packages)
    }),
    (codec::RULE, |subject| codec::check(&subject.tree)),
    (http::RULE, |subject| http::check(&subject.tree)),
    (lints::RULE, |subject| lints::check(&subject.tree)),
    (contract::RULE, |subject| contract::check(&subject.tree)),
    (marks::RULE, |subject| marks::check(&subject.tree)),
    (places::RULE, |subject| places::check(&subject.tree)),
    (examples::RULE, |subject| {
        examples::check(&subject.tree, &subject.packages)
    }),
    (invariants::RULE, |subject| invariants::check(&subject.tree)),
    (fast_paths::RULE, |subject| fast_paths::check(&subject.tree)),
];

/// Checks all rules, and returns either a line for people or all findings.
pub(crate) fn run() -> Result<String, String> {
    let root = tree::root();
    let subject = Subject {
        tree: Tree::read(&root)?,
        packages: workspace::packages(&root)?,
    };
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|(_, check)| check(&subject)).collect();
    findings.sort();
    if findings.is_empty() {
        let names: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        return Ok(format!(
            "tidy: {} files keep {}",
            subject.tree.files.len(),
            names.join(", ")
        ));
    }
    let mut lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    lines.push(format!("tidy: {} findings", findings.len()));
    Err(lines.join("\n"))
}

/// Compares findings with what they must read, leaving out nothing.
#[cfg(test)]
fn assert_findings(found: &[Finding], expected: &[&str]) {
    let found: Vec<String> = found.iter().map(Finding::to_string).collect();
    assert_eq!(found, expected);
}
