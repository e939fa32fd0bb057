//! `#[allow_nondeterminism(reason = "..")]`.

use quote::ToTokens;

use super::{ORCHESTRATOR, check_in, found};

const ALLOW: &str = "#[allow_nondeterminism(reason = \"shown only\")]";

#[test]
fn it_covers_any_statement_and_any_expression() {
    for code in [
        "@ let at = Instant::now();",
        "@ println!();",
        "@ Instant::now();",
        "@ at = Instant::now();",
        "@ n + rand::random();",
        "@ a.at(Instant::now()).b().await;",
        "@ { Instant::now(); println!(); }",
        "@ if a { Instant::now() } else { b };",
        "let at = @ Instant::now();",
        "note(@ Instant::now());",
        "match a { @ 1 => Instant::now(), _ => b };",
        "let f = @ || Instant::now();",
        "let o = Order { @ at: Instant::now() };",
        "@ fn late() { Instant::now(); }",
        "@ tokio::select! { a = b => c }",
        "@ loop { ctx.timer(day).await; }",
        "@ my_mac!(a);",
        "vec![@ Instant::now()];",
        "@ #[cfg(unix)] work();",
        "#[durable::allow_nondeterminism(reason = \"a\")] Instant::now();",
    ] {
        let outcome = check_in(ORCHESTRATOR, &code.replace('@', ALLOW));
        assert_eq!(outcome.found, Vec::<String>::new(), "{code}");
        let left = outcome.block.to_token_stream().to_string();
        assert!(!left.contains("allow_nondeterminism"), "{left}");
    }
}

#[test]
fn it_covers_nothing_else() {
    let code = format!("{ALLOW} let at = Instant::now(); Instant::now();");
    assert_eq!(found(&code), ["D0001"]);
    let code = format!("note({ALLOW} Instant::now(), Instant::now());");
    assert_eq!(found(&code), ["D0001"]);
}

#[test]
fn it_needs_a_reason() {
    for attr in [
        "#[allow_nondeterminism]",
        "#[allow_nondeterminism()]",
        "#[allow_nondeterminism(reason = \"\")]",
        "#[allow_nondeterminism(reason = \" \")]",
        "#[allow_nondeterminism(reason)]",
        "#[allow_nondeterminism(because = \"a\")]",
        "#[allow_nondeterminism = \"a\"]",
        "#[allow_nondeterminism(reason = \"a\", rule = \"b\")]",
    ] {
        assert_eq!(found(&format!("{attr} Instant::now();")), ["D0703"], "{attr}");
    }
}

#[test]
fn it_must_be_needed() {
    assert_eq!(found(&format!("{ALLOW} let sum = 1 + 1;")), ["D0703?"]);
    assert_eq!(
        found(&format!("{ALLOW} let sum = Some(Cents::Whole(1 + 1));")),
        ["D0703?"]
    );
    assert_eq!(found(&format!("{ALLOW} let sum = Some(cents());")), [""; 0]);
    // What a method does, and what is iterated, other layers know.
    assert_eq!(found(&format!("{ALLOW} clock.read();")), [""; 0]);
    assert_eq!(
        found(&format!("{ALLOW} {{ {ALLOW} Instant::now(); }}")),
        ["D0703?"]
    );
}
