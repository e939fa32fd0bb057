//! The shipped list, and the clippy configuration that it becomes.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::{Table, Value};

/// The list, as data.
const RULES: &str = include_str!("../../../lint/rules.toml");

/// What no orchestrator may use, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) about: String,
    pub(super) instead: String,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    macros: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

/// Returns the shipped rules.
pub(super) fn rules() -> Vec<Rule> {
    let parsed: Rules = toml::from_str(RULES).expect("the shipped list is checked by a test");
    parsed.rule
}

/// One of a rule's lists.
type Paths = fn(&Rule) -> &[String];

/// Returns the configuration: the user's own settings with the shipped lists added.
pub(super) fn configuration(rules: &[Rule], own: &Table) -> String {
    let mut merged = own.clone();
    let lists: [(&str, Paths); 3] = [
        ("disallowed-methods", |rule| &rule.methods),
        ("disallowed-types", |rule| &rule.types),
        ("disallowed-macros", |rule| &rule.macros),
    ];
    for (key, of) in lists {
        let ours: Vec<(String, &Rule)> = rules
            .iter()
            .flat_map(|rule| {
                of(rule)
                    .iter()
                    .flat_map(|text| expand(text))
                    .map(move |path| (path, rule))
            })
            .collect();
        let paths: BTreeSet<&str> = ours.iter().map(|(path, _)| path.as_str()).collect();
        let theirs = merged
            .remove(key)
            .or_else(|| merged.remove(&key.replace('-', "_")));
        let theirs = theirs
            .and_then(|list| list.as_array().cloned())
            .unwrap_or_default();
        let kept = theirs
            .into_iter()
            .filter(|entry| !path_of(entry).is_some_and(|path| paths.contains(path)));
        let list: Vec<Value> = kept
            .chain(ours.iter().map(|(path, rule)| entry(path, rule)))
            .collect();
        merged.insert(key.to_owned(), Value::Array(list));
    }
    merged.to_string()
}

fn path_of(entry: &Value) -> Option<&str> {
    entry
        .as_str()
        .or_else(|| entry.get("path").and_then(Value::as_str))
}

fn entry(path: &str, rule: &Rule) -> Value {
    let mut entry = Table::new();
    entry.insert("path".to_owned(), path.into());
    entry.insert(
        "reason".to_owned(),
        format!("{} [durable {}]", rule.instead, rule.id).into(),
    );
    // The crate need not be part of the build.
    entry.insert("allow-invalid".to_owned(), true.into());
    Value::Table(entry)
}

/// Writes out what stands in braces.
fn expand(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('{') else {
        return vec![text.to_owned()];
    };
    let Some((choices, after)) = rest.split_once('}') else {
        return vec![text.to_owned()];
    };
    let heads = choices
        .split(',')
        .map(|choice| format!("{before}{choice}{after}"));
    heads.flat_map(|head| expand(&head)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn braces_stand_for_each_of_their_names() {
        assert_eq!(
            expand("a::{b,c}::{d,e}"),
            ["a::b::d", "a::b::e", "a::c::d", "a::c::e"]
        );
        assert_eq!(expand("a::b"), ["a::b"]);
    }

    #[test]
    fn every_rule_of_the_list_says_what_to_write_instead() {
        const KNOWN: [&str; 16] = [
            "D0001", "D0002", "D0003", "D0004", "D0005", "D0006", "D0101", "D0103", "D0301", "D0303",
            "D0304", "D0305", "D0401", "D0602", "D0701", "D0702",
        ];
        let mut paths = BTreeSet::new();
        let mut crates = BTreeSet::new();
        for rule in rules() {
            assert!(KNOWN.contains(&rule.id.as_str()), "{} is no rule", rule.id);
            assert!(!rule.instead.is_empty() && !rule.about.is_empty(), "{}", rule.id);
            for text in rule.methods.iter().chain(&rule.types).chain(&rule.macros) {
                for path in expand(text) {
                    let (krate, rest) = path.split_once("::").expect("a crate and a name");
                    assert!(
                        path.chars().all(|c| c.is_alphanumeric() || "_:".contains(c)),
                        "{path}"
                    );
                    assert!(!rest.is_empty());
                    crates.insert(krate.to_owned());
                    assert!(paths.insert(path.clone()), "{path} is listed twice");
                }
            }
        }
        assert!(crates.len() >= 60, "{} crates", crates.len());
    }

    /// Of other crates the paths cannot be checked without building them.
    #[test]
    fn every_path_into_the_standard_library_exists() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut rules = rules();
        rules[0].methods.push("std::time::nothing".to_owned());
        let strict =
            configuration(&rules, &Table::new()).replace("allow-invalid = true", "allow-invalid = false");
        fs::write(dir.path().join("clippy.toml"), strict).expect("written");
        fs::write(dir.path().join("lib.rs"), "pub fn f() {}\n").expect("written");
        let ran = Command::new("clippy-driver")
            .args(["--crate-type=lib", "--edition=2024", "--emit=metadata", "lib.rs"])
            .current_dir(dir.path())
            .env("CLIPPY_CONF_DIR", dir.path())
            .output()
            .expect("clippy is installed");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        let wrong: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("warning") && line.contains("`std::"))
            .collect();
        assert_eq!(
            wrong,
            ["warning: `std::time::nothing` does not refer to a reachable function"]
        );
    }

    #[test]
    fn the_users_own_settings_are_kept() {
        let own: Table = toml::from_str(
            "msrv = \"1.80\"\ndisallowed-methods = [\"std::env::var\", { path = \"a::b\", reason = \"mine\" }]\n",
        )
        .expect("valid");
        let merged: Table = toml::from_str(&configuration(&rules(), &own)).expect("valid");
        assert_eq!(merged["msrv"].as_str(), Some("1.80"));
        let methods = merged["disallowed-methods"].as_array().expect("a list");
        let reasons = |path: &str| -> Vec<&str> {
            let entries = methods.iter().filter(|entry| path_of(entry) == Some(path));
            entries
                .filter_map(|entry| entry.get("reason").and_then(Value::as_str))
                .collect()
        };
        assert_eq!(reasons("a::b"), ["mine"]);
        // One entry: two for one path would be reported twice.
        assert_eq!(
            reasons("std::env::var"),
            ["put the value into the input, or read it once with ctx.side_effect(..) [durable D0006]"]
        );
    }
}
