//! The table of what is stored, held against the tests that it names.

use std::collections::BTreeSet;
use std::path::Path;

const TABLE: &str = include_str!("../../../../docs/azure-storage.md");

/// Collects the names of the functions in a folder of sources.
fn functions_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(path).unwrap();
            let functions = source.split("fn ").skip(1);
            names.extend(functions.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
}

/// Returns what stands in single backticks and looks like the name of a test: several words in small letters.
fn named_tests(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| {
        let letters = word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        letters && word.matches('_').count() >= 2
    };
    quoted.filter(is_name).collect()
}

#[test]
fn every_test_that_the_table_names_exists() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut functions = BTreeSet::new();
    for folder in [
        "src",
        "tests",
        "../durable-testazure/src",
        "../durable-testazure/tests",
        "../durable-testkit/src/conformance",
        "../durable-core/tests",
        "../durable/tests",
    ] {
        let folder = package.join(folder);
        if folder.exists() {
            functions_in(&folder, &mut functions);
        }
    }
    let named = named_tests(TABLE);
    assert!(named.len() > 80, "{} tests are named", named.len());
    let missing: Vec<&str> = named
        .into_iter()
        .filter(|name| !functions.contains(*name))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
