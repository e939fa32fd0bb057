//! `cargo durable lint` on the corpus of nondeterministic orchestrators.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The same that reads the markers where they are compared with what the compiler says.
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../../../ui-tests/tests/corpus/marker.rs"]
mod marker;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../../../ui-tests/tests/corpus/report.rs"]
mod report;

use report::Finding;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/corpus")
}

#[test]
fn each_case_for_lint_is_found_on_its_line_and_nothing_else_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-durable"))
        .args(["durable", "lint", "--locked", "--features", "lint,run,missed"])
        .current_dir(corpus())
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus"),
        )
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1")
        .env_remove("RUSTFLAGS")
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut found = findings(&text);
    let mut wanted: Vec<Finding> = marker::cases(&corpus(), "lint")
        .into_iter()
        .flat_map(marker::Case::findings)
        .collect();
    found.sort();
    wanted.sort();
    let not_in = |some: &[Finding], all: &[Finding]| -> Vec<Finding> {
        some.iter()
            .filter(|finding| !all.contains(finding))
            .cloned()
            .collect()
    };
    let (missed, unasked) = (not_in(&wanted, &found), not_in(&found, &wanted));
    assert!(
        missed.is_empty() && unasked.is_empty() && wanted.len() == found.len(),
        "not reported: {missed:#?}\nreported without being marked: {unasked:#?}\n{text}"
    );
}

/// Reads what is printed: after the title of each finding, the line of its place, and then a note that names the rule.
fn findings(text: &str) -> Vec<Finding> {
    text.split("\n\n\n")
        .flat_map(|part| part.split("\nwarning: ").map(|finding| format!("{finding}\n")))
        .filter_map(|finding| one(&finding))
        .collect()
}

fn one(rendered: &str) -> Option<Finding> {
    let place = rendered
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut parts = place.split(':');
    let (file, line) = (parts.next()?, parts.next()?);
    // The source line is shown as well, and with it the marker.
    let mut notes = rendered
        .lines()
        .filter(|line| line.trim_start().starts_with("= note:"));
    let rule = notes.find_map(report::rule).unwrap_or_else(|| "D0301".to_owned());
    Some(Finding {
        file: file.to_owned(),
        line: line.parse().ok()?,
        rule,
    })
}
