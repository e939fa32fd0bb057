//! Every library and program forbids unsafe code where its reader sees it.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::workspace::Package;

pub(super) const RULE: &str = "unsafe";

const ATTRIBUTE: &str = "#![forbid(unsafe_code)]";

/// What the root says of the one package that has unsafe code, in a module that says so: a file system for SQLite, which
/// no program of a user contains.
const EXCEPTION: (&str, &str) = ("durable-testdisk", "#![deny(unsafe_code)]");

/// What a manifest says instead, for a package of many small programs that people read.
const MANIFEST: &str = "[lints.rust]\nunsafe_code = \"forbid\"";

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let attribute = match package.name.as_str() {
            name if name == EXCEPTION.0 => EXCEPTION.1,
            _ => ATTRIBUTE,
        };
        let in_manifest = tree
            .file(&package.manifest)
            .is_some_and(|file| file.text.contains(MANIFEST));
        for target in package
            .targets
            .iter()
            .filter(|target| target.product && !in_manifest)
        {
            let said = tree
                .file(&target.file)
                .is_some_and(|file| file.text.lines().any(|line| line == attribute));
            if !said {
                findings.push(Finding::new(
                    RULE,
                    &target.file,
                    1,
                    format!("`{attribute}` is missing"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;
    use crate::workspace::Target;

    fn package(name: &str) -> Package {
        let target = |file: &str, product| Target {
            name: name.to_owned(),
            product,
            program: false,
            file: format!("{name}/{file}"),
        };
        Package {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            dependencies: Vec::new(),
            targets: vec![target("src/lib.rs", true), target("tests/all.rs", false)],
        }
    }

    #[test]
    fn a_root_without_the_attribute_is_found() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "//! Docs.\n// #![forbid(unsafe_code)]\n"),
            ("a/tests/all.rs", ""),
        ]);
        assert_findings(
            &check(&tree, &[package("a")]),
            &["a/src/lib.rs:1: unsafe: `#![forbid(unsafe_code)]` is missing"],
        );
    }

    #[test]
    fn the_one_exception_denies_it_in_its_root() {
        let root = "durable-testdisk/src/lib.rs";
        let package = [package("durable-testdisk")];
        assert_findings(
            &check(&Tree::of(&[(root, "#![deny(unsafe_code)]\n")]), &package),
            &[],
        );
        assert_findings(
            &check(&Tree::of(&[(root, "")]), &package),
            &["durable-testdisk/src/lib.rs:1: unsafe: `#![deny(unsafe_code)]` is missing"],
        );
    }

    #[test]
    fn the_attribute_in_the_root_or_the_manifest_will_do() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "//! Docs.\n\n#![forbid(unsafe_code)]\n"),
            ("b/src/lib.rs", ""),
            ("b/Cargo.toml", "[lints.rust]\nunsafe_code = \"forbid\"\n"),
        ]);
        assert_findings(&check(&tree, &[package("a"), package("b")]), &[]);
    }
}
