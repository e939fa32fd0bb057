//! Texts that format addresses.

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::{Lit, LitStr};

/// Returns the texts among a macro's arguments that format an address: `{:p}`, `{x:#p}`.
pub(super) fn addresses(args: &TokenStream) -> Vec<Literal> {
    let literals = args.clone().into_iter().filter_map(|token| match token {
        TokenTree::Literal(literal) => Some(literal),
        _ => None,
    });
    literals
        .filter(|literal| match Lit::new(literal.clone()) {
            Lit::Str(text) => formats_address(&text),
            _ => false,
        })
        .collect()
}

fn formats_address(text: &LitStr) -> bool {
    let text = text.value().replace("{{", "").replace("}}", "");
    let specs = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    specs
        .filter_map(|(spec, _)| spec.split_once(':'))
        .any(|(_, format)| format.trim_end().ends_with('p'))
}
