//! Keeps one mistake from being reported twice.

use syn::{ExprAwait, parse_quote};

/// The attribute on a marked `.await`.
const MARK: &str = "durable_lint_hit";

/// Marks an `.await` whose expression has an error already.
pub(super) fn mark(expr: &mut ExprAwait) {
    let mark = quote::format_ident!("{MARK}");
    expr.attrs.push(parse_quote!(#[#mark]));
}

/// Takes the mark off an `.await`, and returns whether it was there.
///
/// In `tokio::time::sleep(limit).await` the path is an error already, so that the future need not be one, too. Whoever
/// rewrites the body asks this of each `.await`: the compiler knows no such attribute, so no mark may stay. Inside the
/// arguments of macros, and inside items of the body, nothing is marked.
pub(crate) fn take_mark(expr: &mut ExprAwait) -> bool {
    let before = expr.attrs.len();
    expr.attrs.retain(|attr| !attr.path().is_ident(MARK));
    expr.attrs.len() < before
}
