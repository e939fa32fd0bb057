//! What the rewriting of a body is told of it: attributes that the compiler never sees.

use syn::{Attribute, parse_quote};

/// The attribute on a marked `.await` or future.
const MARK: &str = "durable_lint_hit";

/// The attribute on what may be nondeterministic.
const ALLOWED: &str = "durable_allowed";

/// Marks an `.await` whose expression has an error already, or a future that has and that is joined or selected.
pub(super) fn mark(attrs: &mut Vec<Attribute>) {
    let mark = quote::format_ident!("{MARK}");
    attrs.push(parse_quote!(#[#mark]));
}

/// Takes the mark off, and returns whether it was there.
///
/// In `tokio::time::sleep(limit).await` the path is an error already, so that the future need not be one, too. Whoever
/// rewrites the body asks this of each `.await` and call: the compiler knows no such attribute, so no mark may stay. Inside the
/// arguments of macros, and inside items of the body, nothing is marked.
pub(crate) fn take_mark(attrs: &mut Vec<Attribute>) -> bool {
    let before = attrs.len();
    attrs.retain(|attr| !attr.path().is_ident(MARK));
    attrs.len() < before
}

/// Marks what an `#[allow_nondeterminism]` stood on.
pub(super) fn allow(attrs: &mut Vec<Attribute>) {
    let mark = quote::format_ident!("{ALLOWED}");
    attrs.push(parse_quote!(#[#mark]));
}

/// Takes the mark of `#[allow_nondeterminism]` off, and returns whether it was there.
///
/// As with [`take_mark`], nothing is marked inside the arguments of macros and inside items of the body.
pub(crate) fn take_allowed(attrs: &mut Vec<Attribute>) -> bool {
    let before = attrs.len();
    attrs.retain(|attr| !attr.path().is_ident(ALLOWED));
    attrs.len() < before
}
