//! What the macros know twice must agree: with the core, with the documentation, and with the other tests.

use std::collections::BTreeSet;
use std::path::Path;

use durable_core::{Version, WireName};

/// The macros depend on no crate of the workspace, so they have rules of their own for texts.
#[expect(dead_code, reason = "only some of the rules exist in the core, too")]
#[path = "../../durable-macros/src/text.rs"]
mod text;

/// Texts around every limit: each of a few pieces alone, in pairs, and in threes.
fn texts() -> Vec<String> {
    let long = ["x".repeat(127), "x".repeat(128), "x".repeat(129)];
    let pieces = [
        "",
        "0",
        "1",
        "01",
        "10",
        ".",
        "-",
        "_",
        "a",
        "Z",
        "v2",
        "é",
        " ",
        "@",
        "2147483647",
        "2147483648",
        "1.2.3.4",
    ];
    let mut texts: Vec<String> = long.to_vec();
    for a in pieces {
        for b in pieces {
            texts.extend(pieces.iter().map(|c| format!("{a}{b}{c}")));
        }
    }
    texts
}

#[test]
fn macros_and_core_accept_the_same_wire_names() {
    for text in texts() {
        let (ours, core) = (text::check_wire_name(&text), WireName::new(&text));
        assert_eq!(ours.is_ok(), core.is_ok(), "{text:?}: {ours:?}, {core:?}");
    }
}

#[test]
fn macros_and_core_read_the_same_versions() {
    for text in texts() {
        match (text::Version::parse(&text), Version::new(&text)) {
            (Ok(ours), Ok(core)) => {
                assert_eq!(ours.0, core.parts(), "{text:?}");
                assert_eq!(ours.canonical("_"), core.mangled(), "{text:?}");
                assert_eq!(ours.canonical("."), core.to_string(), "{text:?}");
            }
            (Err(_), Err(_)) => {}
            (ours, core) => panic!("{text:?}: {ours:?}, {core:?}"),
        }
    }
}

/// Returns the rule ids in the names of a folder's files.
fn rules_in(folder: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).expect("the folder is part of the repository");
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    names
        .filter(|name| name.starts_with('D') && name.ends_with(extension))
        .map(|name| name[..5].to_owned())
        .collect()
}

#[test]
fn every_rule_has_a_page_and_tests() {
    let macros = include_str!("../../durable-macros/src/message.rs");
    let index = include_str!("../../docs/lints/README.md");
    let pages = rules_in("../docs/lints", ".md");
    let tests = rules_in("tests/fail", ".stderr");
    let named: BTreeSet<String> = macros
        .split("\"D")
        .skip(1)
        .map(|rest| format!("D{}", &rest[..4]))
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for rule in &named {
        assert!(
            pages.contains(rule) && tests.contains(rule),
            "{rule} has no page or no test"
        );
    }
    for page in &pages {
        assert!(
            index.contains(&format!("[{page}]({page}.md)")),
            "{page} is missing in the index"
        );
    }
    for rule in &tests {
        assert!(pages.contains(rule), "{rule} has no page");
    }
    let accepted = rules_in("tests/pass", ".rs");
    // What depends on the package's lock is tested in packages of their own.
    let in_packages = |page: &str| {
        let files = std::fs::read_dir("tests/lock").unwrap();
        let mut texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let accepted = include_str!("lock/accepted.rs").contains(page);
        accepted && texts.any(|text| text.contains(&format!("\"{page}\"")))
    };
    for page in &pages {
        if in_packages(page) {
            continue;
        }
        assert!(
            tests.contains(page) && accepted.contains(page),
            "{page} is not both refused and accepted by a test"
        );
    }
}
