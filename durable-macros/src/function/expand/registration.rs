//! The row that the function submits at link time.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::super::{Kind, Model};
use super::{Names, calls};
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
    let runner = runner(model, private, names);
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
                    ..#private::registration::<#pinned>(
                        #place,
                        #private::function_types!(#pinned),
                        #runner,
                    )
                }
            }
            #check
        };
    })
}

fn runner(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let (plain, pinned) = (&names.plain, &names.pinned);
    let variant = model.kind.runner();
    // The compiler's complaint about a future that is not `Send` starts at the function's name.
    let body = quote_spanned!(plain.span()=> #pinned::#plain);
    let run = match (model.kind, model.options.blocking) {
        (Kind::Orchestrator, _) => {
            quote!(|ctx, input| #private::erase_orchestrator::<#pinned, _>(ctx, input, #body))
        }
        (Kind::Activity, false) => quote! {
            #private::ActivityRunner::Async(|ctx, input| #private::erase_activity::<#pinned, _>(ctx, input, #body))
        },
        (Kind::Activity, true) => quote! {
            #private::ActivityRunner::Blocking(|ctx, input| #private::erase_blocking::<#pinned>(ctx, &input, #body))
        },
    };
    quote!(#private::Runner::#variant(#run))
}

/// Checks that an instance of this version can move to the current one.
fn upgrade_check(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let input = &model.signature.input.ty;
    let plain = plain_handle(&names.plain);
    quote! {
        const _: () = #private::assert_upgrade::<#input, <#plain as #private::DurableFunction>::Input>();
    }
}

/// Returns the name of the plain handle, which no local variable of the user's can shadow.
pub(crate) fn plain_handle(plain: &Ident) -> Ident {
    format_ident!("{plain}", span = Span::mixed_site().located_at(plain.span()))
}
