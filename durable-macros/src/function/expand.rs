//! The code that stands in place of a durable function.

mod calls;
mod registration;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::signature::Output;
use super::{Kind, Model};
use crate::lint;
use crate::paths::Private;
use crate::text::Version;

/// The names of the generated items.
struct Names {
    /// The user's own: the handle whose version the policy decides.
    plain: Ident,
    /// The handle that names its version.
    pinned: Ident,
    version: String,
}

/// Expands a function: its handles, their markers, its body, and its registration.
pub(super) fn function(model: &Model, private: &Private) -> TokenStream {
    let plain = model.signature.ident.clone();
    let version = model.options.version;
    let names = Names {
        pinned: format_ident!("{plain}_v{}", version.canonical("_"), span = plain.span()),
        plain,
        version: version.canonical("."),
    };
    let guards = guards(model, &names);
    let pinned_handle = handle(model, private, &names, &names.pinned);
    let plain = (!model.options.superseded).then(|| {
        let handle = handle(model, private, &names, &names.plain);
        let marker = plain_marker(model, private, &names);
        quote!(#handle #marker)
    });
    let pinned_marker = pinned_marker(model, private, &names);
    let body = body(model, private, &names);
    let registration = registration::registration(model, private, &names);
    quote! {
        #guards
        #plain
        #pinned_handle
        #pinned_marker
        #body
        #registration
    }
}

/// Expands items that exist so that a second one of the same name is an error that says what is wrong.
fn guards(model: &Model, names: &Names) -> TokenStream {
    let cfg = &model.attributes.cfg;
    let guard = |name: String| {
        let name = Ident::new(&name, names.plain.span());
        quote! {
            #(#cfg)*
            #[doc(hidden)]
            #[allow(non_snake_case)]
            mod #name {}
        }
    };
    let (plain, wire) = (format_ident!("{}", names.plain), wire_ident(&model.options.name));
    let version = model.options.version.canonical("_");
    let current = (!model.options.superseded).then(|| {
        guard(format!(
            "{plain}_has_two_current_versions__mark_all_but_one_superseded__D0007"
        ))
    });
    let twice = guard(format!("{wire}_has_version_{version}_twice__D0008"));
    quote!(#current #twice)
}

/// Returns a wire name as part of an identifier; different names give different identifiers.
fn wire_ident(name: &str) -> String {
    if !name.contains(['.', '-']) {
        return name.to_owned();
    }
    let shown: String = name
        .chars()
        .map(|c| if c == '.' || c == '-' { '_' } else { c })
        .collect();
    let marks: String = name
        .chars()
        .filter_map(|c| match c {
            '.' => Some('d'),
            '-' => Some('m'),
            '_' => Some('u'),
            _ => None,
        })
        .collect();
    format!("{shown}__{marks}_")
}

/// Expands a handle: a real function, which callers name and unit tests call.
fn handle(model: &Model, private: &Private, names: &Names, own: &Ident) -> TokenStream {
    let Model {
        vis,
        signature,
        attributes,
        ..
    } = model;
    let (cfg, outside, lints) = (&attributes.cfg, &attributes.outside, &attributes.lints);
    let (plain, pinned) = (&names.plain, &names.pinned);
    let (context, context_ty) = (&signature.context.name, &signature.context.ty);
    let (input, input_ty) = (&signature.input.name, &signature.input.ty);
    let note = (own == pinned).then(|| {
        let note = format!(
            " Version {} of `{plain}`, whatever the version policy says.",
            names.version
        );
        // An empty line, so that the user's own text is a paragraph of its own.
        let gap = (!outside.is_empty()).then(|| quote!(#[doc = ""]));
        quote!(#[doc = #note] #gap)
    });
    quote! {
        #(#cfg)*
        #note
        #(#outside)*
        #(#lints)*
        #[allow(dead_code)]
        #vis fn #own(#context: #context_ty, #input: #input_ty) -> #private::Invocation<#own> {
            #private::invoke(#context, #input)
        }
    }
}

/// Expands the type of the plain handle, which passes on to the pinned one.
fn plain_marker(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let (plain, pinned) = (&names.plain, &names.pinned);
    let cfg = &model.attributes.cfg;
    let marker = marker(model, plain);
    quote! {
        #marker

        #(#cfg)*
        #[automatically_derived]
        impl #private::PlainFunction for #plain {
            type Current = #pinned;
        }
    }
}

/// Expands the type that carries what the compiler checks of a call.
fn pinned_marker(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let Model {
        signature,
        attributes,
        options,
        ..
    } = model;
    let (cfg, pinned) = (&attributes.cfg, &names.pinned);
    let (context, input) = (&signature.context.ty, &signature.input.ty);
    let [output, error] = outcome(&signature.output, private);
    let name = &options.name;
    let version = (options.version != Version::ONE).then(|| {
        let [a, b, c, d] = options.version.0;
        quote!(const VERSION: #private::Version = #private::Version::from_parts([#a, #b, #c, #d]);)
    });
    let invoke = invoke(model, private, names);
    let call_options = calls::call_options(options, private);
    let marker = marker(model, pinned);
    quote! {
        #marker

        #(#cfg)*
        #[automatically_derived]
        impl #private::DurableFunction for #pinned {
            type Context = #context;
            type Input = #input;
            type Output = #output;
            type Error = #error;
            const NAME: &'static str = #name;
            #version
            #invoke
            #call_options
        }
    }
}

/// Expands what both handles and the runner do.
fn invoke(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let signature = &model.signature;
    let (plain, pinned) = (&names.plain, &names.pinned);
    let (context, context_ty) = (&signature.context.name, &signature.context.ty);
    let (input, input_ty) = (&signature.input.name, &signature.input.ty);
    // The compiler's complaint about a future that is not `Send` shall start at the function's name.
    let span = plain.span();
    let located = private.at(span);
    let call = quote_spanned!(span=> #pinned::#plain(#context, #input));
    let future = if model.options.blocking {
        quote_spanned!(span=> async move { #call })
    } else {
        call
    };
    let invocation =
        quote_spanned!(span=> #located::Invocation::<Self>::new(::std::boxed::Box::pin(#future)));
    quote! {
        fn invoke(#context: #context_ty, #input: #input_ty) -> #private::Invocation<Self> {
            #invocation
        }
    }
}

/// Returns the types of value and error.
fn outcome(output: &Output, private: &Private) -> [TokenStream; 2] {
    match output {
        Output::Result { value, error, .. } => [quote!(#value), quote!(#error)],
        Output::Alias(ty) => {
            // At the alias, which is what the compiler has to complain about if it is none of a `Result`.
            let span = ty.span();
            let located = private.at(span);
            [
                quote_spanned!(span=> <#ty as #located::Outcome>::Output),
                quote_spanned!(span=> <#ty as #located::Outcome>::Error),
            ]
        }
        Output::Refused => [quote!(()), quote!(#private::FailureDetails)],
    }
}

fn marker(model: &Model, own: &Ident) -> TokenStream {
    let (vis, cfg) = (&model.vis, &model.attributes.cfg);
    let doc = format!(" The type of the handle `{own}`.");
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
        #vis enum #own {}
    }
}

/// Expands the function that holds the user's body.
///
/// It belongs to the marker, so it clashes with nothing, and the body's own use of the name means the handle.
fn body(model: &Model, private: &Private, names: &Names) -> TokenStream {
    let Model {
        signature,
        attributes,
        options,
        ..
    } = model;
    let (cfg, inside) = (&attributes.cfg, &attributes.inside);
    let (plain, pinned) = (&names.plain, &names.pinned);
    let (context_ty, input_ty) = (&signature.context.ty, &signature.input.ty);
    let asyncness = (!options.blocking).then(|| quote!(async));
    let (context, input, block) = match &model.body {
        Some(body) => {
            let (context, input, block) = (&signature.context.pat, &signature.input.pat, &body.block);
            (quote!(#context), quote!(#input), quote!(#block))
        }
        None => (quote!(_), quote!(_), quote!({ ::core::unreachable!() })),
    };
    let output = match &signature.output {
        Output::Result { whole: ty, .. } | Output::Alias(ty) => quote!(#ty),
        Output::Refused => quote!(::core::result::Result<(), #private::FailureDetails>),
    };
    let strict = (model.kind == Kind::Orchestrator).then(lint::clippy_denied);
    // Whether it awaits, and whether it fails, is for the function's contract to say and not for its body.
    quote! {
        #(#cfg)*
        impl #pinned {
            #strict
            #(#inside)*
            #[allow(
                clippy::needless_pass_by_value,
                clippy::new_ret_no_self,
                clippy::unnecessary_wraps,
                clippy::unused_async
            )]
            #asyncness fn #plain(#context: #context_ty, #input: #input_ty) -> #output #block
        }
    }
}
