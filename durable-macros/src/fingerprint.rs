//! The fingerprint of an orchestrator's text: `fp1`.
//!
//! It covers the patterns of the parameters and the body, as written: before `cfg` and before any rewriting. What the
//! user's tokens are is decided here; `syn` only tells which names are local. So neither a new `syn` nor a new compiler
//! moves it. `docs/durable-lock.md` says what changes it and what does not.
//!
//! 1. `source` reads the tokens, and gives each identifier and text a number.
//! 2. `scope` finds which of them are local variables and labels, and which paths stand in the place of a handle.
//! 3. `hash` writes both down in one canonical order.

mod cfg;
mod hash;
mod macros;
mod scope;
mod signature;
mod source;

#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use self::source::Source;

/// What the text of an orchestrator says.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    pub(crate) hash: u64,
    /// The paths in the place of handles, in the order of the text.
    pub(crate) callees: Vec<CalleePath>,
    /// The paths that may name deterministic functions, each once.
    pub(crate) helpers: Vec<CalleePath>,
}

/// A path of a function outside the body.
#[derive(Debug)]
pub(crate) struct CalleePath {
    pub(crate) path: syn::Path,
    /// The body's own imports that it may need, as nested statements.
    pub(crate) imports: TokenStream,
    /// The path, as written.
    pub(crate) text: String,
}

impl CalleePath {
    /// Returns the place to underline when something is said of the function.
    pub(crate) fn span(&self) -> Span {
        let last = self.path.segments.last();
        last.map_or_else(Span::call_site, |last| last.ident.span())
    }

    /// Returns what the core's macros take of a helper: its imports, and its own import under a name that they know.
    pub(crate) fn to_import(&self) -> TokenStream {
        let Self { path, imports, .. } = self;
        // If the path is wrong, the compiler says so a second time; then it shall be in the same place.
        let named = Ident::new("__DurableNamed", self.span());
        quote!({ #imports } [#path as #named])
    }
}

/// Reads a function. `None`, if it cannot be parsed, which then is reported elsewhere.
pub(crate) fn read(item: &TokenStream) -> Option<Fingerprint> {
    let source = Source::read(item.clone());
    let function = syn::parse2::<syn::ItemFn>(source.numbered.clone()).ok()?;
    let scopes = scope::resolve(&source, &function);
    let hash = hash::of_function(&source, &scopes.marks)?;
    Some(Fingerprint {
        hash,
        callees: scopes.callees,
        helpers: scopes.helpers,
    })
}

/// Reads a deterministic function, whose types count, too.
pub(crate) fn read_helper(item: &TokenStream, function: &syn::ItemFn) -> Option<Fingerprint> {
    let mut print = read(item)?;
    print.hash = signature::mix(print.hash, &function.sig);
    Some(print)
}
