//! Where generated code finds the library.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// The path of the facade's support module: `::durable::__private`, or below the path given by `crate = ..`.
#[derive(Debug, Clone)]
pub(crate) struct Private(TokenStream);

impl Private {
    pub(crate) fn new(facade: Option<&Path>) -> Self {
        let default = || quote!(::durable::__private);
        Self(facade.map_or_else(default, |path| quote!(#path::__private)))
    }

    /// Returns the path as if it stood at `span`, for code that shall be located there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let tokens = self.0.clone().into_iter();
        tokens
            .map(|mut token| {
                token.set_span(span);
                token
            })
            .collect()
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
