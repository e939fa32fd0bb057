//! Where refused code is reported, and by which rule: what does not depend on the compiler's wording.
//!
//! `ui.rs` compares every word with the `.stderr` files, on the pinned compiler only. This test compares the rules and
//! places that those files name with what any compiler reports.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ui_tests::cargo_check;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A report that names a rule: the case, the rule, line and column.
type Place = (String, String, u64, u64);

#[test]
fn refused_code_is_reported_by_its_rule_at_its_place() {
    let cases = cases();
    let written: BTreeSet<Place> = cases.iter().flat_map(|case| written(case)).collect();
    let found = reported(&cases);
    let missed: Vec<_> = written.difference(&found).collect();
    let unasked: Vec<_> = found.difference(&written).collect();
    assert!(
        missed.is_empty() && unasked.is_empty(),
        "in a .stderr file and not reported: {missed:#?}\nreported and in no .stderr file: {unasked:#?}"
    );
    assert!(written.len() > 100, "only {} places", written.len());
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(HERE).join("tests/fail")).expect("the cases");
    let paths = entries.map(|entry| entry.expect("a case").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// Reads what a `.stderr` file says.
fn written(case: &Path) -> Vec<Place> {
    let text = fs::read_to_string(case.with_extension("stderr")).expect("the texts of a case");
    text.split("\n\n")
        .filter(|report| report.starts_with("error"))
        .filter_map(|report| place_in(name(case), report))
        .collect()
}

fn place_in(case: String, report: &str) -> Option<Place> {
    let place = report
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut numbers = place.rsplit(':').map(str::parse);
    let (column, line) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    // The lines of the source are shown too, behind their numbers.
    let mut told = report
        .lines()
        .filter(|line| !line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    Some((case, told.find_map(rule)?, line, column))
}

/// Compiles all cases at once, each as a program of one package, and reads cargo's messages.
fn reported(cases: &[PathBuf]) -> BTreeSet<Place> {
    // Shared with the corpus, so that `durable` is built once for both.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let text = cargo_check(&package(cases), &target, &["--bins", "--keep-going", "--offline"]);
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["reason"] == "compiler-message")
        .filter_map(|line| place_of(&line))
        .collect()
}

fn place_of(line: &Value) -> Option<Place> {
    let message = &line["message"];
    // trybuild leaves out warnings beside errors.
    if message["level"] != "error" {
        return None;
    }
    let case = line["target"]["name"].as_str()?.to_owned();
    place_in(case, message["rendered"].as_str()?)
}

/// Writes the package, with the versions of the workspace.
fn package(cases: &[PathBuf]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("places");
    fs::create_dir_all(&folder).expect("a folder");
    let root = Path::new(HERE).join("..");
    let mut manifest = format!(
        "[package]\nname = \"places\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         durable = {{ path = '{0}/durable', default-features = false, features = [\"testkit\"] }}\n\
         durable-core = {{ path = '{0}/durable-core' }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\nthiserror = \"2\"\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"sync\", \"time\"] }}\ntracing = \"0.1\"\n",
        root.display()
    );
    for case in cases {
        let _ = write!(
            manifest,
            "\n[[bin]]\nname = \"{}\"\npath = '{}'\n",
            name(case),
            case.display()
        );
    }
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
    folder
}

fn name(case: &Path) -> String {
    case.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Returns the first rule id in a text: a `D` and four digits.
fn rule(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| {
            word.strip_prefix('D')
                .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(str::to_owned)
}
