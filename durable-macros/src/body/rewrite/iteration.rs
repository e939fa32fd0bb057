//! What is iterated, and may come in the order of a hash table.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprMethodCall, Member};

use super::build;
use super::order::Order;
use crate::paths::Private;

/// The methods of hash tables that yield their elements one after the other, and those of iterators over hash tables
/// that do.
const ITERATING: [&str; 16] = [
    "difference",
    "drain",
    "extract_if",
    "flat_map",
    "flatten",
    "intersection",
    "into_iter",
    "into_keys",
    "into_values",
    "iter",
    "iter_mut",
    "keys",
    "symmetric_difference",
    "union",
    "values",
    "values_mut",
];

/// Methods that iterate their arguments in order.
const TAKING: [&str; 4] = ["chain", "join_all", "select_all", "zip"];

/// Types whose `from_iter` keeps the order.
const ORDERED: [&str; 4] = ["LinkedList", "String", "Vec", "VecDeque"];

/// Types and traits whose methods may be called by their paths: `HashMap::keys(&map)`.
const OWNERS: [&str; 4] = ["HashMap", "HashSet", "IntoIterator", "Iterator"];

const PROBE: &str = "in_order";

/// Returns whether the value of a method call is iterated, as far as its name tells.
pub(super) fn is_iterating(call: &ExprMethodCall) -> bool {
    ITERATING.contains(&call.method.to_string().as_str())
}

/// Returns whether a method iterates its arguments.
pub(super) fn takes_iterables(method: &Ident) -> bool {
    TAKING.contains(&method.to_string().as_str())
}

/// Returns whether a function iterates its arguments in order: `Vec::from_iter(..)`, `std::iter::zip(..)`.
pub(super) fn takes_in_order(call: &ExprCall) -> bool {
    match last_two(call) {
        Some((owner, function)) if function == "from_iter" => is_one_of(owner, &ORDERED),
        Some((owner, function)) => owner == "iter" && is_one_of(function, &["chain", "zip"]),
        None => false,
    }
}

/// Returns whether the value of a function is iterated, as far as its path tells.
pub(super) fn is_iterating_by_path(call: &ExprCall) -> bool {
    last_two(call)
        .is_some_and(|(owner, function)| is_one_of(owner, &OWNERS) && is_one_of(function, &ITERATING))
}

/// Returns the last two names of the path of the function that is called.
fn last_two(call: &ExprCall) -> Option<(&Ident, &Ident)> {
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let mut last = path.path.segments.iter().rev();
    let function = &last.next()?.ident;
    Some((&last.next()?.ident, function))
}

fn is_one_of(ident: &Ident, names: &[&str]) -> bool {
    names.iter().any(|name| ident == name)
}

/// Returns whether [`probe`] made the expression.
pub(super) fn is_probed(expr: &Expr) -> bool {
    matches!(expr, Expr::MethodCall(call) if call.method == PROBE)
}

/// Returns whether an expression holds a closure that returns what [`probe`] asked about.
pub(super) fn is_answered(arg: &Expr) -> bool {
    matches!(arg, Expr::Closure(closure) if is_probed(&closure.body))
}

/// Returns whether an expression can be looked at twice: a variable or a field.
pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        _ => false,
    }
}

/// Makes `Onto(expr, &list).in_order()`: whether the list keeps the order is for its type to tell.
pub(super) fn probe_onto(expr: &mut Expr, list: &Expr, private: &Private) {
    let span = blamed(expr);
    build::wrap(expr, |iterated| {
        build::method(
            build::call_with(private, "Onto", span, iterated, list),
            PROBE,
            span,
        )
    });
}

/// Asks of what an expression is iterated, unless the order is free.
pub(super) fn probe_for(order: &Order, expr: &mut Expr, private: &Private) {
    match order {
        Order::Matters | Order::Asked => probe(expr, private),
        Order::Free => {}
        Order::Onto(list) => probe_onto(expr, list, private),
    }
}

/// Makes `Probe(expr).in_order()`.
fn probe(expr: &mut Expr, private: &Private) {
    let span = blamed(expr);
    build::wrap(expr, |iterated| {
        build::method(build::call(private, "Probe", span, iterated), PROBE, span)
    });
}

/// Returns the token at which an error points: the one that names what is iterated.
fn blamed(expr: &Expr) -> Span {
    match expr {
        Expr::MethodCall(call) => call.method.span(),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => name.span(),
            Member::Unnamed(index) => index.span,
        },
        Expr::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(Span::call_site, |last| last.ident.span()),
        Expr::Call(call) => blamed(&call.func),
        Expr::Reference(reference) => blamed(&reference.expr),
        Expr::Paren(paren) => blamed(&paren.expr),
        Expr::Group(group) => blamed(&group.expr),
        Expr::Try(attempt) => blamed(&attempt.expr),
        Expr::Unary(unary) => blamed(&unary.expr),
        other => other.span(),
    }
}
