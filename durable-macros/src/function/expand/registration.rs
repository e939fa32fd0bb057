//! The row that the function submits at link time.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::Model;
use super::super::signature::Output;
use super::{Names, calls, outcome};
use crate::fingerprint::CalleePath;
use crate::paths::Private;

/// Expands the registration, with the checks that concern all versions of the function.
pub(super) fn registration(model: &Model, private: &Private, names: &Names) -> Option<TokenStream> {
    let body = model.body.as_ref()?;
    let options = &model.options;
    let cfg = &model.attributes.cfg;
    let pinned = &names.pinned;
    let superseded = options.superseded.then(|| quote!(current: false,));
    let upgrade = options
        .upgrade_latest
        .then(|| quote!(upgrade: #private::Upgrade::Latest,));
    let states = (!body.states.is_empty()).then(|| {
        let states = &body.states;
        quote!(states: const { &[#(#private::TypeInfo::of::<#states>()),*] },)
    });
    let max_concurrent = options.max_concurrent.map(|most| {
        let most = calls::optional(Some(quote!(#most)));
        quote!(max_concurrent: #most,)
    });
    let runner = options.blocking.then(|| blocking(private, names));
    let print = print(model, private);
    let types = types(model, private);
    let payloads = payload_checks(model, private);
    // Located at the function's name, which is where the registry shall point.
    let located = private.at(names.plain.span());
    let defaults = quote_spanned! {names.plain.span()=>
        #located::registration::<#pinned>(::core::option_env!("CARGO_PKG_NAME"), ::core::module_path!(), #types)
    };
    let differs = superseded.is_some()
        || upgrade.is_some()
        || states.is_some()
        || max_concurrent.is_some()
        || print.is_some()
        || runner.is_some();
    let row = if differs {
        quote!(#private::Registration { #superseded #upgrade #states #max_concurrent #print #runner ..#defaults })
    } else {
        defaults
    };
    let check = options
        .upgrade_latest
        .then(|| upgrade_check(model, private, names));
    let (checks, tracked) = (&model.checks, model.tracked.statement());
    Some(quote! {
        #(#cfg)*
        const _: () = {
            #[allow(unused_imports)]
            use #private::NoSchema as _;
            fn row() -> #private::Registration {
                #checks
                #tracked
                #payloads
                #row
            }
            #private::inventory::submit!(#private::Row(row));
            #check
        };
    })
}

/// Describes input, output and error.
fn types(model: &Model, private: &Private) -> TokenStream {
    let input = &model.signature.input.ty;
    let info = |ty: &TokenStream| quote!(<#private::SchemaProbe<#ty>>::info());
    let input = info(&quote!(#input));
    let [output, error] = outcome(&model.signature.output, private).map(|ty| info(&ty));
    quote!([#input, #output, #error])
}

/// Expands what the row says of the function's text.
fn print(model: &Model, private: &Private) -> Option<TokenStream> {
    let print = model.print.as_ref()?;
    let hash = print.hash;
    let callees = (!print.callees.is_empty()).then(|| {
        let callees = print.callees.iter().map(|callee| {
            let CalleePath { path, imports, text } = callee;
            quote!({ #imports } #path, #text;)
        });
        quote!(callees: #private::callees!(#(#callees)*),)
    });
    let helpers = (!print.helpers.is_empty()).then(|| {
        let helpers = print.helpers.iter().map(|helper| {
            let (import, text) = (helper.to_import(), &helper.text);
            quote!(#import #text;)
        });
        quote!(helpers: #private::helpers!(#(#helpers)*),)
    });
    Some(quote!(body: #private::fingerprint(#hash), #callees #helpers))
}

/// Expands the runner of a plain `fn`, whose future is never made.
fn blocking(private: &Private, names: &Names) -> TokenStream {
    let (plain, pinned) = (&names.plain, &names.pinned);
    quote! {
        runner: #private::Runner::Activity(#private::ActivityRunner::Blocking(|ctx, input| {
            #private::erase_blocking::<#pinned>(ctx, &input, #pinned::#plain)
        })),
    }
}

/// Checks the payloads: the compiler then names the rule, and underlines the user's whole type. In a function, because a
/// constant would be evaluated.
fn payload_checks(model: &Model, private: &Private) -> TokenStream {
    let input = &model.signature.input.ty;
    match &model.signature.output {
        Output::Result { value, error, .. } => {
            quote!(#private::assert_payloads::<#input, #value, #error>();)
        }
        Output::Alias(ty) => {
            let located = private.at(ty.span());
            let [value, error] = outcome(&model.signature.output, private);
            let assertion = quote_spanned!(ty.span()=> #located::assert_payloads);
            quote!(#assertion::<#input, #value, #error>();)
        }
        Output::Refused => quote!(#private::assert_payloads::<#input, (), #private::FailureDetails>();),
    }
}

/// Checks that an instance of this version can move to the current one.
fn upgrade_check(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let input = &model.signature.input.ty;
    let plain = &names.plain;
    quote! {
        const _: () = #private::assert_upgrade::<#input, <#plain as #private::DurableFunction>::Input>();
    }
}
