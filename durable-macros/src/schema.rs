//! `#[derive(DurableSchema)]`.

mod case;
mod expand;
mod model;
mod options;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::model::Model;
use crate::errors::Errors;

/// Expands the derive.
pub(crate) fn run(item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let Some(input) = errors.take(syn::parse2::<DeriveInput>(item)) else {
        return errors.into_tokens();
    };
    let model = Model::read(&input, &mut errors);
    // With a form that cannot be known, an implementation would only bring more errors.
    let expansion = errors.is_empty().then(|| expand::implementation(&input, &model));
    let errors = errors.into_tokens();
    quote!(#errors #expansion)
}
