//! `#[durable::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{AttrStyle, ItemFn};

use crate::args::{self, FacadeArgs, Grammar};
use crate::errors::Errors;
use crate::message;
use crate::paths::Private;

const MAIN: Grammar = Grammar {
    name: "#[durable::main]",
    keys: &["crate"],
    foreign: &[],
};

/// Expands an `async fn main`.
pub(crate) fn run(tokens: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args: FacadeArgs = MAIN.read(tokens, &mut errors);
    let facade = args.facade.and_then(|given| args::path(&given, &mut errors));
    let private = Private::new(facade.as_ref());
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        errors.push(item, &message::not_a_function("durable::main"));
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    check(&function, &mut errors);
    if !errors.is_empty() {
        let errors = errors.into_tokens();
        let main = &function.sig.ident;
        return quote!(#errors fn #main() {});
    }
    expand(&function, &private)
}

fn check(function: &ItemFn, errors: &mut Errors) {
    let sig = &function.sig;
    if sig.ident != "main" {
        let message = message::main_shape(
            "`#[durable::main]` belongs on the function `main`",
            "rename the function to `main`",
        );
        errors.push(&sig.ident, &message);
    }
    if sig.asyncness.is_none() {
        let message = message::main_shape(
            "a durable program's `main` must be an `async fn`",
            "write `async fn main`",
        );
        errors.push(sig.fn_token, &message);
    }
    if !sig.inputs.is_empty() {
        let message = message::main_shape("`main` takes no parameters", "remove them");
        errors.push(&sig.inputs, &message);
    }
    if !sig.generics.params.is_empty() {
        let message = message::main_shape("`main` cannot be generic", "remove the parameters");
        errors.push(&sig.generics, &message);
    }
}

fn expand(function: &ItemFn, private: &Private) -> TokenStream {
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;
    let output = &sig.output;
    let attrs = attrs.iter().cloned().map(|mut attr| {
        attr.style = AttrStyle::Outer;
        attr
    });
    // A function of its own, and no block, so that `?` in the body knows the return type.
    quote! {
        #(#attrs)*
        #vis fn main() #output {
            #[allow(clippy::unused_async)]
            async fn main() #output #block
            #private::run_main(main())
        }
    }
}
