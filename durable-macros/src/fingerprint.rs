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
mod source;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::source::Source;

/// What the text of an orchestrator says.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    pub(crate) hash: u64,
    /// The paths in the place of handles, in the order of the text.
    pub(crate) callees: Vec<CalleePath>,
}

/// A path in the place of a handle.
#[derive(Debug)]
pub(crate) struct CalleePath {
    pub(crate) path: syn::Path,
    /// The body's own imports that it may need, as nested statements.
    pub(crate) imports: TokenStream,
    /// The path, as written.
    pub(crate) text: String,
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
    })
}
