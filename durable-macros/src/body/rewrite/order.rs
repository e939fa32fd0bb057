//! Chains of iterators whose result is the same in whatever order the elements come.
//!
//! A hash table may be iterated there: `set.iter().cloned().collect::<BTreeSet<_>>()`, `map.values().all(..)`. The
//! decision reads the names of the methods and types, so it only ever lets through; what is not known is asked of the
//! compiler as everywhere else.

use proc_macro2::Ident;
use syn::{Expr, ExprCall, ExprMethodCall, GenericArgument, PathArguments, Type};

use super::purity;
use super::scope::Scope;

/// Whether the order of what an expression yields can be seen.
#[derive(Debug, Clone, Default)]
pub(super) enum Order {
    /// In what is done with the elements.
    #[default]
    Matters,
    /// In which element it is, and only whether there is one is asked.
    Asked,
    /// Not at all.
    Free,
    /// If this list keeps it.
    Onto(Box<Expr>),
}

/// What an expression's value is for, as far as its surroundings tell.
#[derive(Debug, Clone, Default)]
pub(super) enum Use {
    #[default]
    Unknown,
    /// A value of this type.
    As(Box<Type>),
    /// A list that is sorted before it is looked at.
    Sorted,
}

/// Adapters that treat all elements alike, whatever their places, and the methods with which a chain begins.
const NEUTRAL: [&str; 23] = [
    "chain",
    "cloned",
    "copied",
    "difference",
    "drain",
    "extract_if",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "fuse",
    "intersection",
    "into_iter",
    "into_keys",
    "into_values",
    "iter",
    "iter_mut",
    "keys",
    "map",
    "symmetric_difference",
    "union",
    "values",
    "values_mut",
];

/// Ends of a chain whose value is the same in every order.
const FOLDS: [&str; 10] = [
    "all",
    "any",
    "contains",
    "count",
    "is_empty",
    "len",
    "max",
    "min",
    "sorted",
    "sorted_unstable",
];

/// Methods that return one element.
const SEARCHES: [&str; 3] = ["find", "find_map", "next"];

/// Collections that put what they are made of in an order of their own, or in none.
const UNORDERED: [&str; 4] = ["BTreeMap", "BTreeSet", "HashMap", "HashSet"];

/// Types whose sum is the same in every order. That of floats is not: each addition rounds.
const EXACT: [&str; 13] = [
    "Duration", "i128", "i16", "i32", "i64", "i8", "isize", "u128", "u16", "u32", "u64", "u8", "usize",
];

/// Returns whether the order can be seen of what a call's receiver yields, if it is `order` for the call itself.
pub(super) fn of_receiver(call: &ExprMethodCall, order: Order, used: &Use, scope: &Scope) -> Order {
    if matches!(order, Order::Asked) && is_one_of(&call.method, &SEARCHES) {
        return Order::Free;
    }
    if asks_for_any(call, scope) {
        return Order::Asked;
    }
    if ends_without_order(call, used) && has_pure_arguments(call, scope) && is_pure(&call.receiver, scope) {
        return Order::Free;
    }
    if is_neutral(&call.method) {
        order
    } else {
        Order::Matters
    }
}

/// Returns whether a method hands on the elements without a look at their places.
fn is_neutral(method: &Ident) -> bool {
    NEUTRAL.iter().any(|name| method == name)
}

/// Returns whether `Type::from_iter(..)` makes a collection in which the order of the argument cannot be seen.
pub(super) fn is_free_from_iter(call: &ExprCall, used: &Use, scope: &Scope) -> bool {
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    let mut last = path.path.segments.iter().rev();
    let is_from_iter = last.next().is_some_and(|segment| segment.ident == "from_iter");
    let made = last.next().map(|segment| &segment.ident);
    is_from_iter
        && made
            .is_some_and(|made| is_one_of(made, &UNORDERED) || matches!(used, Use::Sorted) && made == "Vec")
        && call.args.iter().all(|arg| is_pure(arg, scope))
}

/// Returns whether nothing that is done to each element along a chain can tell which element was first.
pub(super) fn is_pure(chain: &Expr, scope: &Scope) -> bool {
    match chain {
        Expr::Paren(inner) => is_pure(&inner.expr, scope),
        Expr::MethodCall(link) if is_neutral(&link.method) => {
            has_pure_arguments(link, scope) && is_pure(&link.receiver, scope)
        }
        _ => true,
    }
}

fn has_pure_arguments(call: &ExprMethodCall, scope: &Scope) -> bool {
    call.args.iter().all(|arg| purity::is_pure(arg, scope))
}

fn ends_without_order(call: &ExprMethodCall, used: &Use) -> bool {
    let turbofish = call.turbofish.as_ref().and_then(|generics| generics.args.first());
    let named = match turbofish {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    };
    match call.method.to_string().as_str() {
        "collect" if matches!(used, Use::Sorted) => named.is_none_or(|ty| is_called(ty, &["Vec"])),
        "collect" => is_made_as(named, used, &UNORDERED),
        "sum" | "product" => is_made_as(named, used, &EXACT),
        name => FOLDS.contains(&name),
    }
}

/// Returns whether a call asks whether there is an element, or one for which something holds.
fn asks_for_any(call: &ExprMethodCall, scope: &Scope) -> bool {
    let Expr::MethodCall(search) = &*call.receiver else {
        return false;
    };
    is_one_of(&call.method, &["is_some", "is_none"])
        && is_one_of(&search.method, &SEARCHES)
        && has_pure_arguments(search, scope)
        && is_pure(&search.receiver, scope)
}

fn is_made_as(named: Option<&Type>, used: &Use, types: &[&str]) -> bool {
    match (named, used) {
        (Some(ty), _) => is_called(ty, types),
        (None, Use::As(ty)) => is_called(ty, types),
        (None, Use::Unknown | Use::Sorted) => false,
    }
}

/// Returns whether a type is one of these, by its last name. An `Option` of it is as well: it is nothing if any element
/// is; a `Result` is not, since it holds the first error.
fn is_called(ty: &Type, types: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    if last.ident == "Option"
        && let PathArguments::AngleBracketed(generics) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = generics.args.first()
    {
        return is_called(inner, types);
    }
    is_one_of(&last.ident, types)
}

fn is_one_of(ident: &Ident, names: &[&str]) -> bool {
    names.iter().any(|name| ident == name)
}
