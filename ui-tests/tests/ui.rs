//! Compiles what the macros accept and what they refuse, and compares every word of the errors.
//!
//! To accept changed texts: `TRYBUILD=overwrite cargo test -p ui-tests --test ui`, then read them as a stranger would.

#[test]
fn accepted_code_compiles_and_runs() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    // An example, so that clippy sees its expansion too.
    cases.pass("examples/hygiene.rs");
}

#[test]
fn refused_code_says_why() {
    // Another compiler words its errors in another way; what does not depend on that is compared by `places.rs`.
    if !is_pinned() {
        eprintln!("skipped: the texts are those of the compiler that rust-toolchain.toml names");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}

/// Returns whether the compiler is the one that rust-toolchain.toml names.
fn is_pinned() -> bool {
    let pinned = include_str!("../../rust-toolchain.toml")
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .expect("it names a compiler");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("--version").output();
    let version = String::from_utf8_lossy(&output.expect("rustc starts").stdout).into_owned();
    version.split_whitespace().nth(1) == Some(pinned.trim_matches('"'))
}
