//! `#[migrate]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{FnArg, ItemFn, ReturnType, Type};

use crate::args::{self, FacadeArgs, Grammar};
use crate::errors::Errors;
use crate::message;
use crate::paths::Private;

const MIGRATE: Grammar = Grammar {
    name: "#[migrate]",
    keys: &["crate"],
    foreign: &[],
};

const HELP: &str = "write `fn upgrade(old: OrderV1) -> OrderV2`";

/// Expands a migration function.
pub(crate) fn run(tokens: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args: FacadeArgs = MIGRATE.read(tokens, &mut errors);
    let facade = args.facade.and_then(|given| args::path(&given, &mut errors));
    let private = Private::new(facade.as_ref());
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        errors.push(item, &message::not_a_function("migrate"));
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    let types = read_types(&function, &mut errors);
    let expansion = types
        .filter(|_| errors.is_empty())
        .map(|(old, new)| expand(&function, old, new, &private));
    let errors = errors.into_tokens();
    // A migration takes its input by value because the old input is gone afterwards, not because it needs to own it.
    quote!(#errors #[allow(clippy::needless_pass_by_value)] #function #expansion)
}

/// Returns the old and the new input type.
fn read_types<'a>(function: &'a ItemFn, errors: &mut Errors) -> Option<(&'a Type, &'a Type)> {
    let sig = &function.sig;
    if let Some(asyncness) = &sig.asyncness {
        let problem = "a migration cannot be `async`: it runs within one step of an orchestrator";
        errors.push(asyncness, &message::migrate_shape(problem, "remove `async`"));
    }
    if !sig.generics.params.is_empty() {
        let problem = "a migration cannot be generic: it leads from one type to another";
        errors.push(&sig.generics, &message::migrate_shape(problem, HELP));
    }
    let old = match (sig.inputs.first(), sig.inputs.len()) {
        (Some(FnArg::Typed(param)), 1) => by_value(&param.ty, errors),
        (None, _) => {
            let parens = sig.paren_token.span.join();
            errors.add(syn::Error::new(
                parens,
                message::migrate_shape("a migration takes the old input", HELP),
            ));
            None
        }
        (Some(_), _) => {
            let message = message::migrate_shape("a migration takes the old input and nothing else", HELP);
            errors.push(&sig.inputs, &message);
            None
        }
    };
    let new = match &sig.output {
        ReturnType::Type(_, ty) => by_value(ty, errors),
        ReturnType::Default => {
            let message = message::migrate_shape("a migration returns the new input", HELP);
            errors.push(&sig.ident, &message);
            None
        }
    };
    let (old, new) = (old?, new?);
    if old == new {
        let problem = "a migration leads from one type to another, and these are the same";
        let help = "give the old form a type of its own, such as `OrderV1`";
        errors.push(new, &message::migrate_shape(problem, help));
    }
    Some((old, new))
}

fn by_value<'a>(ty: &'a Type, errors: &mut Errors) -> Option<&'a Type> {
    if let Type::Reference(_) | Type::ImplTrait(_) = ty {
        let problem = "a migration takes and returns its inputs by value, with their types written out";
        errors.push(ty, &message::migrate_shape(problem, HELP));
        return None;
    }
    Some(ty)
}

fn expand(function: &ItemFn, old: &Type, new: &Type, private: &Private) -> TokenStream {
    let ident = &function.sig.ident;
    let cfg: Vec<_> = function
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .collect();
    let located = private.at(ident.span());
    let place = quote_spanned!(ident.span()=> #located::place!());
    quote! {
        #(#cfg)*
        #[automatically_derived]
        impl #private::MigrateInto<#new> for #old {
            fn migrate(self) -> #new {
                #ident(self)
            }
        }

        #(#cfg)*
        const _: () = {
            #private::inventory::submit! {
                #private::Migration {
                    from: #private::type_info!(#old),
                    to: #private::type_info!(#new),
                    place: #place,
                    convert: #private::erase_migration::<#old, #new>,
                }
            }
        };
    }
}
