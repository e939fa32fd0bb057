//! The corpus of nondeterministic orchestrators: each is reported on its line, by its rule, and nothing else is.
//!
//! `ui-tests/corpus` is a package of its own that does not compile. The tests compare what the compiler says of it with
//! the markers `//~ D0001` in it, and the table in docs/lints with both. `CORPUS=overwrite` writes the table anew.
//! What `cargo durable lint` says of it is a test of durable-cli; what happens at run time is `run_time.rs`.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a test")]

mod corpus {
    pub(super) mod marker;
    pub(super) mod page;
    pub(super) mod report;
}

use std::fs;
use std::path::{Path, PathBuf};

use corpus::marker::{self, Case};
use corpus::page::{self, LAYERS};
use corpus::report::{self, Finding};
use ui_tests::cargo_check;

const LEAST_CASES: usize = 120;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Runs `cargo check` on layers of the corpus, and returns what was reported.
fn reported(layers: &str) -> Vec<Finding> {
    // Beside the workspace's own, and kept between runs.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let text = cargo_check(&folder(), &target, &["--locked", "--features", layers]);
    let mut found = report::findings(&text);
    found.sort();
    found
}

/// Compares by file, line and rule, and how often.
fn assert_as_marked(layer: &str) {
    let found = reported(layer);
    let mut wanted: Vec<Finding> = marker::cases(&folder(), layer)
        .into_iter()
        .flat_map(Case::findings)
        .collect();
    wanted.sort();
    let (missed, unasked) = (without(&wanted, &found), without(&found, &wanted));
    assert!(
        missed.is_empty() && unasked.is_empty(),
        "layer `{layer}`: not reported: {missed:#?}\nreported without being marked: {unasked:#?}"
    );
}

/// Takes from `all` each of `some` once.
fn without(all: &[Finding], some: &[Finding]) -> Vec<Finding> {
    let mut left = all.to_vec();
    for finding in some {
        if let Some(at) = left.iter().position(|other| other == finding) {
            left.remove(at);
        }
    }
    left
}

#[test]
fn the_compiler_reports_each_case_on_its_line_and_nothing_else() {
    assert_as_marked("check");
}

#[test]
fn what_may_be_right_is_a_warning() {
    assert_as_marked("warn");
}

#[test]
fn what_later_layers_are_for_passes_the_compiler() {
    assert_eq!(reported("lint,run,missed"), []);
}

#[test]
fn the_table_shows_every_case() {
    let cases: Vec<Case> = LAYERS
        .iter()
        .flat_map(|layer| marker::cases(&folder(), layer.folder))
        .collect();
    assert!(cases.len() >= LEAST_CASES, "the corpus has {} cases", cases.len());
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lints");
    assert_written(&docs.join("corpus.md"), &page::render(&cases));
    let readme = fs::read_to_string(docs.join("README.md")).expect("the list of the rules");
    let summarised = page::summarised(&readme, &cases).expect("the list of the rules has a place for it");
    assert_written(&docs.join("README.md"), &summarised);
}

fn assert_written(path: &Path, text: &str) {
    if std::env::var("CORPUS").is_ok_and(|value| value == "overwrite") {
        fs::write(path, text).expect("the page can be written");
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "{} is not what the corpus says: run this test with CORPUS=overwrite and read the difference",
        path.display()
    );
}
