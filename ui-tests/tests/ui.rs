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
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
