//! How many crates a user of the default facade builds.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tree;

const CRATES_MAX: usize = 55;

/// Counts the crates, and fails if they are too many.
pub(crate) fn run() -> Result<String, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "tree",
            "--locked",
            "-p",
            "durable",
            "-e",
            "normal,build",
            "--prefix",
            "none",
        ])
        .current_dir(tree::root())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr)));
    }
    judge(&distinct(&String::from_utf8_lossy(&output.stdout)))
}

/// Returns each crate once, by name and version.
fn distinct(listing: &str) -> BTreeSet<String> {
    let crates = listing
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    crates.filter(|name| !name.is_empty()).collect()
}

fn judge(crates: &BTreeSet<String>) -> Result<String, String> {
    let count = crates.len();
    if count > CRATES_MAX {
        let list: Vec<&str> = crates.iter().map(String::as_str).collect();
        return Err(format!(
            "{}\ncrates: {count}, all included; the most is {CRATES_MAX}",
            list.join("\n")
        ));
    }
    Ok(format!(
        "crates: {count} in a user's tree of the default facade, all included; the most is {CRATES_MAX}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_and_two_versions_count_twice() {
        let listing =
            "durable v0.1.0 (path)\nserde v1.0.0\nsyn v3.0.0 (proc-macro)\nserde v1.0.0 (*)\nsyn v2.0.0\n\n";
        let crates: Vec<String> = distinct(listing).into_iter().collect();
        assert_eq!(
            crates,
            ["durable v0.1.0", "serde v1.0.0", "syn v2.0.0", "syn v3.0.0"]
        );
    }

    #[test]
    fn too_many_crates_are_refused_with_their_names() {
        let named = |count: usize| (0..count).map(|n| format!("crate{n}")).collect();
        assert!(judge(&named(CRATES_MAX)).is_ok());
        let refused = judge(&named(CRATES_MAX + 1)).unwrap_err();
        assert!(
            refused.contains("crate0\n") && refused.ends_with("crates: 56, all included; the most is 55")
        );
    }
}
