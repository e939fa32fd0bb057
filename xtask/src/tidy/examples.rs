//! Every example is run by a test that compares what it prints.

use crate::finding::Finding;
use crate::tree::{File, Tree};
use crate::workspace::{Package, Target};

pub(super) const RULE: &str = "examples";

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let package = packages.iter().filter(|package| package.name == "examples");
    let programs = package.flat_map(|package| package.targets.iter().filter(|target| target.program));
    programs
        .filter(|program| {
            !has_snapshot(tree, program) && !is_run_by_another(tree, program) && !has_test(tree, program)
        })
        .map(|program| {
            let text = format!("no snapshot in examples/tests is named after `{}`", program.name);
            Finding::new(RULE, &program.file, 1, text)
        })
        .collect()
}

/// Returns whether a snapshot is named after the program: `fan_out.snap`, `run_all__fan_out.snap`, `fan_out.stdout`.
fn has_snapshot(tree: &Tree, program: &Target) -> bool {
    let name = program.name.replace('-', "_");
    let snapshots = tree.under("examples/tests/").filter(|file| !file.is_rust());
    snapshots
        .flat_map(|file| file.stem().split("__"))
        .any(|part| part.replace('-', "_") == name)
}

/// Returns whether another example starts the program: then the snapshot of that one shows what it does.
fn is_run_by_another(tree: &Tree, program: &Target) -> bool {
    let literal = format!("\"{}\"", program.name);
    tree.under("examples/src/")
        .any(|file| file.path != program.file && file.text.contains(&literal))
}

/// Returns whether a test file of another package is named after the program: it runs what a chapter tells to do with it.
fn has_test(tree: &Tree, program: &Target) -> bool {
    let is_its = |file: &&File| file.path.contains("/tests/") && file.stem() == program.name;
    tree.rust().any(|file| is_its(&file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    fn packages() -> Vec<Package> {
        let program = |name: &str| Target {
            name: name.to_owned(),
            product: true,
            program: true,
            file: format!("examples/src/bin/{name}.rs"),
        };
        vec![Package {
            name: "examples".to_owned(),
            manifest: "examples/Cargo.toml".to_owned(),
            dependencies: Vec::new(),
            targets: vec![program("fan_out"), program("shop-release-1")],
        }]
    }

    #[test]
    fn a_program_that_a_test_of_its_name_runs_is_not_found() {
        let tree = Tree::of(&[
            ("durable-server/tests/browser/fan_out.rs", ""),
            ("durable-server/src/shop-release-1.rs", ""),
        ]);
        assert_findings(
            &check(&tree, &packages()),
            &["examples/src/bin/shop-release-1.rs:1: examples: \
               no snapshot in examples/tests is named after `shop-release-1`"],
        );
    }

    #[test]
    fn a_program_that_no_snapshot_shows_is_found() {
        let tree = Tree::of(&[("examples/tests/snapshots/all__fan_out_2.snap", "")]);
        assert_findings(
            &check(&tree, &packages()),
            &[
                "examples/src/bin/fan_out.rs:1: examples: no snapshot in examples/tests is named after `fan_out`",
                "examples/src/bin/shop-release-1.rs:1: examples: \
                 no snapshot in examples/tests is named after `shop-release-1`",
            ],
        );
    }

    #[test]
    fn a_snapshot_or_another_example_that_starts_it_will_do() {
        let tree = Tree::of(&[
            ("examples/tests/snapshots/all__fan_out.snap", ""),
            ("examples/src/migrate/main.rs", "start(\"shop-release-1\");"),
        ]);
        assert_findings(&check(&tree, &packages()), &[]);
    }
}
