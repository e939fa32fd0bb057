//! Strict code: every function that it names must be known to be deterministic.
//!
//! `#[deterministic]` writes a type of the function's name beside it. For each function that is named, the body gets a
//! block of items in which that name is imported explicitly, and from a glob a type of the same name that says nothing.
//! What is imported explicitly comes first, so the glob's type is found only if the function has none; the compiler
//! then complains in our words that it is not the marker of a deterministic function.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{ExprPath, Path, PathArguments};

use super::scope::Scope;
use crate::paths::Private;

/// The functions that are named, each once.
#[derive(Default)]
pub(super) struct Calls {
    seen: BTreeSet<String>,
    named: Vec<Named>,
}

struct Named {
    path: Path,
    /// Whether the body itself declares it, where no import reaches it.
    inside: bool,
    called: bool,
}

impl Calls {
    /// Adds what `path(..)` calls.
    pub(super) fn add_call(&mut self, path: &ExprPath, scope: &Scope) {
        self.add(path, scope, true);
    }

    /// Adds what a path names that is not called.
    pub(super) fn add_name(&mut self, path: &ExprPath, scope: &Scope) {
        self.add(path, scope, false);
    }

    fn add(&mut self, path: &ExprPath, scope: &Scope, called: bool) {
        if path.qself.is_some() || !is_unknown(&path.path, scope) {
            return;
        }
        let path = without_arguments(&path.path);
        let inside = path.get_ident().is_some_and(|ident| scope.declares(ident));
        if self.seen.insert(path.to_token_stream().to_string()) {
            self.named.push(Named { path, inside, called });
        }
    }

    /// Makes the items that check them.
    pub(super) fn into_checks(self, private: &Private) -> impl Iterator<Item = TokenStream> {
        self.named.into_iter().map(|named| named.check(private))
    }
}

impl Named {
    fn check(&self, private: &Private) -> TokenStream {
        let path = &self.path;
        let Some(last) = path.segments.last().map(|segment| &segment.ident) else {
            return TokenStream::new();
        };
        let span = last.span();
        let private = private.at(span);
        let assertion = |marker: &dyn ToTokens| {
            if self.called {
                quote_spanned!(span=> #private::assert_callable::<#marker>())
            } else {
                quote_spanned!(span=> #private::assert_nameable::<#marker, _>())
            }
        };
        if self.inside {
            let assertion = assertion(path);
            return quote_spanned!(span=> const _: () = #assertion;);
        }
        let assertion = assertion(last);
        let from = path.get_ident().map(|_| quote_spanned!(span=> self::));
        quote_spanned! {span=>
            const _: () = {
                mod __durable_unmarked {
                    #[allow(dead_code, non_camel_case_types)]
                    pub(super) struct #last;
                }
                #[allow(unused_imports)]
                use __durable_unmarked::*;
                #[allow(unused_imports)]
                use #from #path;
                #assertion
            };
        }
    }
}

/// Returns whether a path names a function of which nothing is known: not a variable, a constructor, an associated
/// function or one of the standard library.
fn is_unknown(path: &Path, scope: &Scope) -> bool {
    let mut segments = path.segments.iter().map(|segment| &segment.ident).rev();
    let Some(last) = segments.next() else {
        return false;
    };
    if is_type(last) || is_constant(last) || last == "self" {
        return false;
    }
    match segments.next() {
        None => !scope.binds(last) && !PRELUDE.iter().any(|name| last == name),
        Some(owner) => !is_type(owner) && !is_primitive(path, owner) && !is_standard(path),
    }
}

/// Functions that need no import.
const PRELUDE: [&str; 5] = ["align_of", "align_of_val", "drop", "size_of", "size_of_val"];

fn is_type(ident: &Ident) -> bool {
    ident.to_string().starts_with(|first: char| first.is_uppercase())
}

fn is_constant(ident: &Ident) -> bool {
    !ident.to_string().contains(char::is_lowercase)
}

fn is_primitive(path: &Path, owner: &Ident) -> bool {
    const NAMES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
        "u32", "u64", "u8", "usize",
    ];
    path.segments.len() == 2 && NAMES.iter().any(|name| owner == name)
}

fn is_standard(path: &Path) -> bool {
    let first = path.segments.first();
    first.is_some_and(|first| ["std", "core", "alloc"].iter().any(|name| first.ident == name))
}

fn without_arguments(path: &Path) -> Path {
    let mut path = path.clone();
    for segment in &mut path.segments {
        segment.arguments = PathArguments::None;
    }
    path
}
