//! Where generated code finds the library.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::Path;

/// The path of the facade's support module: `::durable::__private`, or below the path given by `crate = ..`.
///
/// Kept as single tokens: each stream that is put into another costs a call of the compiler, and this stands everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Private(Vec<TokenTree>);

impl Private {
    pub(crate) fn new(facade: Option<&Path>) -> Self {
        let default = || quote!(::durable::__private);
        let path = facade.map_or_else(default, |path| quote!(#path::__private));
        Self(path.into_iter().collect())
    }

    /// Returns the path as if it stood at `span`, for code that shall be located there.
    pub(crate) fn at(&self, span: Span) -> Self {
        let mut located = self.clone();
        for token in &mut located.0 {
            token.set_span(span);
        }
        located
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.0);
    }
}
