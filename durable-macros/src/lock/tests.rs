//! What the macros read of a lock.

use super::parse::{Call, Form, Lock};
use crate::function::Kind;
use crate::text::Version;

const GOLDEN: &str = include_str!("../../../ui-tests/tests/lock/golden.lock");

#[test]
fn the_golden_file_is_read() {
    let lock = Lock::parse(GOLDEN).unwrap();
    let stanza = lock
        .find(Kind::Orchestrator, "shop.check-out", Version::ONE)
        .unwrap();
    assert_eq!(stanza.body, Some(0xb60a_e7b0_d6b6_9277));
    assert_eq!(
        stanza.forms,
        [
            Some(Form::Known(0x0123_4567_89ab_cdef)),
            Some(Form::Unknown),
            Some(Form::Known(0xfedc_ba98_7654_3210))
        ]
    );
    let names: Vec<String> = stanza.calls.iter().map(shown).collect();
    assert_eq!(
        names,
        ["activity charge 1.4.10", "- bus::announce", "orchestrator ship 2"]
    );
    assert!(
        lock.find(Kind::Activity, "charge", Version([1, 4, 10, 0]))
            .is_some()
    );
    assert!(
        lock.find(Kind::Activity, "shop.check-out", Version::ONE)
            .is_none()
    );
}

fn shown(call: &Call) -> String {
    match call {
        Call::Function(function) => {
            format!(
                "{} {} {}",
                function.kind.macro_name(),
                function.name,
                function.version.canonical(".")
            )
        }
        Call::Other(path) => format!("- {path}"),
    }
}

/// The same words as in the core's test of the same name.
#[test]
fn a_malformed_file_names_the_line() {
    let error = |text: &str| Lock::parse(text).unwrap_err();
    let charge = "format 1\n\nactivity charge 1\n  input -\n  output -\n  error -\n";
    assert_eq!(error(""), "line 1: expected `format 1`");
    assert_eq!(
        error("format 2\n"),
        "line 1: format `2` is newer than this release of durable, which reads `1`: use the release that wrote it"
    );
    assert_eq!(
        error(&charge.replace("charge 1", "charge one x")),
        "line 3: expected a name and a version, not `activity charge one x`"
    );
    assert_eq!(
        error(&charge.replace("  error -\n", "")),
        "line 6: `activity charge 1`, above, has no `error`"
    );
    assert_eq!(
        error(&charge.replace("input -", "input 12")),
        "line 4: `12` is neither `-` nor 16 hexadecimal digits"
    );
    assert_eq!(
        error(&charge.replace("error", "input")),
        "line 6: `input` stands here twice"
    );
    assert_eq!(
        error(&format!("{charge}  body fp1:0123456789abcdef\n")),
        "line 7: `body` is not known here"
    );
    assert_eq!(
        error(&format!("{charge}\n{}", charge.replace("format 1\n\n", ""))),
        "line 8: `activity charge 1` stands here twice"
    );
    assert_eq!(
        error(&format!("{charge}<<<<<<< ours\n")),
        "line 7: this is left from a merge conflict; keep the side that was released"
    );
}
