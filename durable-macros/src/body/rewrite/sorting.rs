//! Lists that are sorted before anything else is done with them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Local, Pat, Stmt};

use super::order::Use;
use super::purity;
use super::scope::Scope;

/// What sorts a list in place. With a key or a comparison of one's own, elements that are equal to it keep the order in
/// which they came; see the page of the rule.
const SORTS: [&str; 7] = [
    "sort",
    "sort_by",
    "sort_by_cached_key",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by",
    "sort_unstable_by_key",
];

/// Returns what a variable's value is for, by its type and by the statements behind it.
pub(super) fn used_as(local: &Local, behind: &[Stmt], scope: &Scope) -> Use {
    let (pat, ty) = match &local.pat {
        Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        pat => (pat, None),
    };
    if let Pat::Ident(variable) = pat
        && is_sorted_first(&variable.ident, behind, scope)
    {
        return Use::Sorted;
    }
    ty.map_or(Use::Unknown, |ty| Use::As(Box::new(ty.clone())))
}

/// Returns whether the first statement that names a variable sorts it.
fn is_sorted_first(variable: &Ident, behind: &[Stmt], scope: &Scope) -> bool {
    let name = variable.to_string();
    let first = behind.iter().find(|stmt| mentions(stmt.to_token_stream(), &name));
    first.is_some_and(|stmt| sorts(stmt, variable, scope))
}

fn sorts(stmt: &Stmt, variable: &Ident, scope: &Scope) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = stmt else {
        return false;
    };
    let is_sort = SORTS.iter().any(|name| call.method == name);
    is_sort
        && matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident(variable))
        && call.args.iter().all(|arg| purity::is_pure(arg, scope))
}

/// Returns whether the name stands anywhere in the tokens, also in the texts of `format!`.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(name),
        TokenTree::Punct(_) => false,
    })
}
