//! The code that stands in place of a deterministic function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, Block, FnArg, ImplItemFn, ItemFn, ReturnType, Signature, Stmt, TraitItemFn, Type,
    TypeImplTrait, parse_quote,
};

use super::Options;
use crate::body::{self, Subject};
use crate::errors::Errors;
use crate::fingerprint::{CalleePath, Fingerprint};
use crate::function::Attributes;
use crate::lint;
use crate::paths::Private;

/// A function, wherever it stands.
pub(super) enum Function {
    Item(ItemFn),
    Method(ImplItemFn),
    Declared(TraitItemFn),
}

impl Function {
    fn parts(&mut self) -> (&mut Vec<Attribute>, &mut Signature, Option<&mut Block>) {
        match self {
            Self::Item(item) => (&mut item.attrs, &mut item.sig, Some(&mut item.block)),
            Self::Method(item) => (&mut item.attrs, &mut item.sig, Some(&mut item.block)),
            Self::Declared(item) => (&mut item.attrs, &mut item.sig, item.default.as_mut()),
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Item(item) => item.to_tokens(tokens),
            Self::Method(item) => item.to_tokens(tokens),
            Self::Declared(item) => item.to_tokens(tokens),
        }
    }
}

/// Expands a function: its body is checked, and what an `async` one returns is a durable future.
pub(super) fn function(mut function: Function, options: &Options, errors: &mut Errors) -> TokenStream {
    let private = &options.private;
    let (attrs, sig, mut block) = function.parts();
    let mut found = Errors::new();
    for attr in attrs.iter_mut() {
        // Attributes written at the head of the body are read as the function's.
        attr.style = AttrStyle::Outer;
    }
    if let Some(block) = block.as_deref_mut() {
        attrs.insert(0, lint::clippy_denied());
        check(block, sig, options, &mut found);
        // What `cargo durable lint` finds by its list. Ahead of the user's own levels, which win.
        attrs.insert(0, lint_levels());
        if options.method {
            block.stmts.splice(0..0, options.tracked.to_stmt());
        }
    }
    let refused = !found.is_empty();
    errors.append(found);
    if sig.asyncness.take().is_some() {
        let output = output(&sig.output);
        sig.output = parse_quote!(-> impl #private::DurableFuture<Output = #output>);
        if let Some(block) = block {
            *block = future(block, &output, private);
        }
    }
    if refused {
        attrs.push(parse_quote!(#[allow(unused)]));
    }
    function.into_token_stream()
}

/// The lints that `cargo durable lint` gives its list to, as in the bodies of orchestrators.
fn lint_levels() -> Attribute {
    parse_quote! {
        #[deny(
            clippy::disallowed_macros,
            clippy::disallowed_methods,
            clippy::disallowed_types,
            clippy::iter_over_hash_type
        )]
    }
}

/// Checks and rewrites a body. One in which errors were found is left out, if its type can be had without it.
fn check(block: &mut Block, sig: &Signature, options: &Options, errors: &mut Errors) {
    let params = sig.inputs.iter().filter_map(|param| match param {
        FnArg::Typed(param) => Some((&*param.pat, &*param.ty)),
        FnArg::Receiver(_) => None,
    });
    let subject = Subject {
        what: "a deterministic function",
        continuation: None,
        strict: options.strict,
        params: params.collect(),
        returns: match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        },
        private: &options.private,
    };
    let mut rewritten = block.clone();
    if body::check_and_rewrite(&mut rewritten, &subject, errors) {
        *block = rewritten;
    } else if sig.asyncness.is_some() {
        *block = parse_quote!({ ::core::unreachable!() });
    }
}

fn output(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// Makes a durable future of the body of an `async fn`.
fn future(block: &Block, output: &Type, private: &Private) -> Block {
    // An `async` block learns its type from its first `return` only, and the body shall be coerced to it.
    let typed = names_itself(output).then(|| {
        quote! {
            if let ::core::option::Option::Some(returned) = #private::returned::<#output>() {
                return returned;
            }
        }
    });
    // Items stay before all statements.
    let items = block
        .stmts
        .iter()
        .take_while(|stmt| matches!(stmt, Stmt::Item(_)));
    let (items, stmts) = block.stmts.split_at(items.count());
    parse_quote!({
        #private::block(async move {
            #(#items)*
            #typed
            #(#stmts)*
        })
    })
}

/// Returns whether a return type can be written in an expression.
fn names_itself(ty: &Type) -> bool {
    struct Opaque(bool);
    impl<'ast> Visit<'ast> for Opaque {
        fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
            self.0 = true;
        }

        fn visit_type(&mut self, ty: &'ast Type) {
            self.0 |= matches!(ty, Type::Never(_) | Type::Macro(_));
            visit::visit_type(self, ty);
        }
    }
    let mut opaque = Opaque(false);
    opaque.visit_type(ty);
    !opaque.0
}

/// Expands the type that tells of a function's name that it is deterministic.
///
/// Its variant is how the fingerprint of an orchestrator finds it: `__durable_walk_to` of the core says why.
pub(super) fn marker(function: &ItemFn, print: Option<&Fingerprint>, private: &Private) -> TokenStream {
    let (vis, ident) = (&function.vis, &function.sig.ident);
    let Attributes { cfg, lints, .. } = Attributes::sort(function.attrs.clone());
    let name = ident.unraw().to_string();
    let hash = print.map_or(0, |print| print.hash);
    let helpers = print.into_iter().flat_map(|print| &print.helpers);
    let helpers = helpers.map(CalleePath::to_import);
    quote! {
        #(#cfg)*
        #[doc(hidden)]
        #(#lints)*
        #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
        #vis enum #ident {
            __DurableDeterministic,
        }

        #(#cfg)*
        #[automatically_derived]
        impl #private::DeterministicFn for #ident {
            const NAME: &'static str = #name;
        }

        #(#cfg)*
        #[automatically_derived]
        impl #ident {
            #[doc(hidden)]
            #[allow(dead_code, clippy::missing_const_for_fn, clippy::must_use_candidate)]
            #vis const fn __durable_walk(&self, __durable_begun: #private::Walk) -> #private::Walk {
                #private::walk!(__durable_begun, #name, #hash #(; #helpers)*)
            }
        }
    }
}
