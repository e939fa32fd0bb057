//! Snapshots of expansions, and the errors as a list of texts.

mod errors;
mod expansions;

use proc_macro2::TokenStream;

/// Formats an expansion.
fn pretty(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("an expansion is a list of items");
    prettyplease::unparse(&file)
}
