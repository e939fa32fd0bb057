//! `#[deterministic]`: functions whose bodies are checked like an orchestrator's.

mod expand;
mod shape;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ImplItem, Item, ItemFn, ItemImpl, ItemTrait, TraitItem, TraitItemFn};

use self::expand::Function;
use crate::args::{self, DeterministicArgs, Grammar};
use crate::errors::Errors;
use crate::fingerprint;
use crate::message;
use crate::package::{Package, Tracked};
use crate::paths::Private;

pub(crate) use self::shape::refuse_beside;

const DETERMINISTIC: Grammar = Grammar {
    name: "#[deterministic]",
    keys: &["strict", "method", "crate"],
    foreign: &[],
};

/// What the attribute says.
struct Options {
    strict: bool,
    tracked: Tracked,
    /// Whether the function belongs to an `impl` or a `trait`, where it can have neither a marker nor a constant beside it.
    method: bool,
    private: Private,
}

impl Options {
    fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let args: DeterministicArgs = DETERMINISTIC.read(tokens, errors);
        let facade = args.facade.and_then(|given| args::path(&given, errors));
        let private = Private::new(facade.as_ref());
        let given = args::switch(args.strict.as_ref(), errors);
        let (strict, tracked) = Package::of_compilation().is_strict(given, &private, errors);
        Self {
            strict,
            tracked,
            method: args::flag(args.method.as_ref(), errors),
            private,
        }
    }
}

/// Expands a function, or all those of an `impl` or a `trait`.
pub(crate) fn run(tokens: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut options = Options::read(tokens, &mut errors);
    let expansion = if let Ok(function) = syn::parse2::<ItemFn>(item.clone()) {
        options.method |= function.sig.receiver().is_some();
        free(function, item, &options, &mut errors)
    } else if let Ok(declared) = syn::parse2::<TraitItemFn>(item.clone()) {
        options.method = true;
        declaration(declared, &options, &mut errors)
    } else {
        match syn::parse2::<Item>(item.clone()) {
            Ok(Item::Impl(item)) => implementation(item, &options, &mut errors).into_token_stream(),
            Ok(Item::Trait(item)) => definition(item, &options, &mut errors).into_token_stream(),
            Ok(other) => {
                let message = message::deterministic_shape(
                    "`#[deterministic]` belongs on a function, an `impl` or a `trait`",
                    "move it to the functions that orchestrators call",
                );
                errors.push(crate::function::head(&other), &message);
                other.into_token_stream()
            }
            Err(error) => {
                errors.add(error);
                item.clone()
            }
        }
    };
    let errors = errors.into_tokens();
    // Beside a method there is no place for a constant; it is in its body.
    let tracked = (!options.method).then_some(&options.tracked);
    quote!(#errors #tracked #expansion)
}

/// Expands a function, with its marker unless it is a method.
fn free(item: ItemFn, written: &TokenStream, options: &Options, errors: &mut Errors) -> TokenStream {
    let marker = (!options.method).then(|| {
        let print = fingerprint::read_helper(written, &item);
        expand::marker(&item, print.as_ref(), &options.private)
    });
    if shape::check(&item.attrs, &item.sig, errors) {
        // As written, what else is wrong with it is reported by whom it concerns.
        return item.into_token_stream();
    }
    let function = expand::function(Function::Item(item), options, errors);
    quote!(#function #marker)
}

fn declaration(item: TraitItemFn, options: &Options, errors: &mut Errors) -> TokenStream {
    if shape::check(&item.attrs, &item.sig, errors) {
        return item.into_token_stream();
    }
    expand::function(Function::Declared(item), options, errors)
}

fn implementation(mut item: ItemImpl, options: &Options, errors: &mut Errors) -> ItemImpl {
    for member in &mut item.items {
        if let ImplItem::Fn(function) = member {
            if shape::check(&function.attrs, &function.sig, errors) {
                continue;
            }
            let function = Function::Method(function.clone());
            *member = ImplItem::Verbatim(expand::function(function, options, errors));
        }
    }
    item
}

fn definition(mut item: ItemTrait, options: &Options, errors: &mut Errors) -> ItemTrait {
    for member in &mut item.items {
        if let TraitItem::Fn(function) = member {
            if shape::check(&function.attrs, &function.sig, errors) {
                continue;
            }
            let function = Function::Declared(function.clone());
            *member = TraitItem::Verbatim(expand::function(function, options, errors));
        }
    }
    item
}
