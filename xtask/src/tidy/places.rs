//! No file names a place of one machine, or the host of a package registry.

use crate::finding::Finding;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "places";

/// Starts of absolute paths, in two parts so that this file does not have them.
const PATHS: [[&str; 2]; 6] = [
    ["/ro", "ot/"],
    ["/ho", "me/"],
    ["/wo", "rk/"],
    ["/tm", "p/"],
    ["/Us", "ers/"],
    ["C:\\", "Users"],
];

const HOSTS: [[&str; 2]; 5] = [
    ["crates", ".io"],
    ["pypi", ".org"],
    ["npmjs", ".org"],
    ["deb.debian", ".org"],
    ["static.rust", "-lang.org"],
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.extension() != Some("lock"))
        .flat_map(of_file)
        .collect()
}

fn of_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for path in PATHS.map(|parts| parts.concat()) {
            if line
                .match_indices(&path)
                .any(|(at, _)| starts_a_path(&line[..at]))
            {
                findings.push(Finding::new(
                    RULE,
                    &file.path,
                    number,
                    format!("`{path}` is a place of one machine"),
                ));
            }
        }
        for host in HOSTS.map(|parts| parts.concat()) {
            if line.contains(&host) {
                findings.push(Finding::new(
                    RULE,
                    &file.path,
                    number,
                    format!("`{host}` is a registry's host"),
                ));
            }
        }
    }
    findings
}

/// Returns whether a path that follows `before` is absolute, and not the end of a relative one or of an address.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}*/$)".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn machine_paths_and_registry_hosts_are_found() {
        let text = ["see `/ho", "me/me/x`\nfetch it from crates", ".io\n"].concat();
        assert_findings(
            &check(&Tree::of(&[("a.md", &text)])),
            &[
                &["a.md:1: places: `/ho", "me/` is a place of one machine"].concat(),
                &["a.md:2: places: `crates", ".io` is a registry's host"].concat(),
            ],
        );
    }

    #[test]
    fn relative_paths_addresses_and_lock_files_are_free() {
        let text = ["src/ho", "me/x and example.org/ho", "me/\n"].concat();
        let lock = ["source = \"crates", ".io\"\n"].concat();
        assert_findings(&check(&Tree::of(&[("a.md", &text), ("Cargo.lock", &lock)])), &[]);
    }
}
