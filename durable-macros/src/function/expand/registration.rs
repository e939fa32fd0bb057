//! The row that the function submits at link time.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::signature::Output;
use super::super::{Kind, Model};
use super::{Names, calls};
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
        quote!(states: &[#(#private::type_info!(#states)),*],)
    });
    let max_concurrent = options.max_concurrent.map(|most| {
        let most = calls::optional(Some(quote!(#most)));
        quote!(max_concurrent: #most,)
    });
    // Located at the function's name, which is where the registry and the compiler shall point.
    let located = private.at(names.plain.span());
    let place = quote_spanned!(names.plain.span()=> #located::place!());
    let (print, checks) = (print(model, private), &model.checks);
    let runner = runner(model, private, names);
    let payloads = payload_checks(model, private);
    let check = options
        .upgrade_latest
        .then(|| upgrade_check(model, private, names));
    Some(quote! {
        #(#cfg)*
        const _: () = {
            #private::inventory::submit! {
                #private::Registration {
                    #superseded
                    #upgrade
                    #states
                    #max_concurrent
                    #print
                    ..#private::registration::<#pinned>(
                        #place,
                        #private::function_types!(#pinned),
                        #runner,
                    )
                }
            }
            #payloads
            #check
            #checks
        };
    })
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

fn runner(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let (plain, pinned) = (&names.plain, &names.pinned);
    let variant = model.kind.runner();
    // The compiler's complaint about a future that is not `Send` shall start at the function's name.
    let span = plain.span();
    let located = private.at(span);
    let body = quote_spanned!(span=> #pinned::#plain);
    let run = match (model.kind, model.options.blocking) {
        (Kind::Orchestrator, _) => {
            quote_spanned!(span=> |ctx, input| #located::erase_orchestrator::<#pinned, _>(ctx, input, #body))
        }
        (Kind::Activity, false) => quote_spanned! {span=>
            #located::ActivityRunner::Async(|ctx, input| #located::erase_activity::<#pinned, _>(ctx, input, #body))
        },
        (Kind::Activity, true) => quote_spanned! {span=>
            #located::ActivityRunner::Blocking(|ctx, input| #located::erase_blocking::<#pinned>(ctx, &input, #body))
        },
    };
    quote!(#private::Runner::#variant(#run))
}

/// Checks each payload by itself: the compiler then names the rule, and underlines the user's whole type.
fn payload_checks(model: &Model, private: &Private) -> TokenStream {
    let input = &model.signature.input.ty;
    let output = match &model.signature.output {
        Output::Result { value, error, .. } => quote! {
            const _: () = #private::assert_recordable::<#value>();
            const _: () = #private::assert_error::<#error>();
        },
        Output::Alias(ty) => {
            let located = private.at(ty.span());
            quote_spanned! {ty.span()=>
                const _: () = #located::assert_recordable::<<#ty as #located::Outcome>::Output>();
                const _: () = #located::assert_error::<<#ty as #located::Outcome>::Error>();
            }
        }
        Output::Refused => TokenStream::new(),
    };
    quote! {
        const _: () = #private::assert_recordable::<#input>();
        #output
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
