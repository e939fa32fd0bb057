//! What moves a fingerprint, and what does not.

mod edits;
mod same;

use proc_macro2::TokenStream;

use super::{Fingerprint, read};

fn of(tokens: &TokenStream) -> Fingerprint {
    read(tokens).expect("it is a function")
}

/// Reads an orchestrator with this body.
fn body(body: &str) -> Fingerprint {
    of(&function(body))
}

fn function(body: &str) -> TokenStream {
    let text = format!("async fn checkout(ctx: Ctx, order: Order) -> Result<(), E> {{ {body} }}");
    text.parse().expect("it is tokens")
}

fn same(one: &str, other: &str) {
    assert_eq!(body(one).hash, body(other).hash, "\n{one}\n{other}");
}

fn differ(one: &str, other: &str) {
    assert_ne!(body(one).hash, body(other).hash, "\n{one}\n{other}");
}

fn callees(text: &str) -> Vec<String> {
    let found = body(text).callees;
    found
        .into_iter()
        .map(|callee| format!("{}{}", callee.imports, callee.text))
        .collect()
}

#[test]
fn the_algorithm_is_fixed() {
    let text = "let receipt = ctx.call(charge, order).await?; // paid\n info!(\"{receipt}\", order = 1);\n Ok((receipt,))";
    assert_eq!(format!("{:016x}", body(text).hash), "ff3fdcb60c0ac4fe");
}

#[test]
fn callees_are_paths_outside_the_body() {
    assert_eq!(
        callees(
            "ctx.call(a, ctx.call(shop::b, 1).await?); saga.undo_with(crate::c, x); ctx.continue_as_new(o).keep_events().on(d_v2)"
        ),
        ["a", "shop::b", "crate::c", "d_v2"]
    );
    assert_eq!(
        callees("ctx.call(super::a, self::b(1)); vec![ctx.call(b, 1)]; ::shop::c.call(::shop::c, 1)"),
        ["super::a", "b", "::shop::c"]
    );
    assert_eq!(
        callees("let a = b; ctx.call(a, 1); |c| ctx.call(c, 1); ctx.call(order, 1)"),
        [""; 0]
    );
    assert_eq!(
        callees("x.call(a); x.call(A, 1); x.call(Self::a, 1); x.call(a::<u8>, 1); x.call(1, 2); x.on(a)"),
        [""; 0]
    );
    assert_eq!(callees("{ let a = 1; } ctx.call(a, 1)"), ["a"]);
}

#[test]
fn callees_bring_the_imports_of_the_body() {
    let import = "# [allow (unused_imports)] use shop :: a ;";
    assert_eq!(
        callees("use shop::a; ctx.call(a, 1); ctx.call(crate::b, 1); ctx.call(c, 1)"),
        [&format!("{import}a"), "crate::b", "c"]
    );
    assert_eq!(
        callees("{ use shop::*; ctx.call(a, 1); } ctx.call(b, 1)"),
        ["# [allow (unused_imports)] use shop :: * ;a", "b"]
    );
    assert_eq!(
        callees("async fn inner(ctx: Ctx, b: u8) { ctx.call(a, 1); ctx.call(b, 1); ctx.call(order, 1); }"),
        ["a", "order"]
    );
}

#[test]
fn what_means_something_else_outside_the_body_is_no_callee() {
    assert_eq!(callees("mod shop { } ctx.call(shop::a, 1)"), [""; 0]);
    assert_eq!(callees("mod shop { } use shop::a; ctx.call(a, 1)"), [""; 0]);
    assert_eq!(callees("mod shop { } use shop::*; ctx.call(a, 1)"), [""; 0]);
    assert_eq!(callees("async fn a() {} ctx.call(a, 1)"), [""; 0]);
    assert_eq!(
        callees(
            "#[cfg(x)] ctx.call(a, 1).await?; #[cfg(x)] let b = ctx.call(a, 1); #[cfg(x)] n += ctx.call(a, 1);"
        ),
        [""; 0]
    );
    assert_eq!(callees("bind!(a = 1); ctx.call(a, 1); ctx.call(b, 1)"), ["b"]);
    assert_eq!(
        callees("#[activity] async fn x(ctx: Ctx) { ctx.call(b, 1) }"),
        [""; 0]
    );
    assert_eq!(callees("fn x<T>(ctx: Ctx) { ctx.call(b, 1) }"), [""; 0]);
}
