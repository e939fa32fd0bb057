//! `#[orchestrator]` and `#[activity]`.

mod attributes;
mod expand;
mod kind;
mod options;
mod signature;

pub(crate) use attributes::Attributes;
pub(crate) use kind::Kind;
pub(crate) use options::Options;
pub(crate) use signature::{Output, Signature};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, ItemFn, Stmt, Visibility};

use crate::body::{Continuation, STATE, Subject};
use crate::errors::Errors;
use crate::fingerprint::{self, Fingerprint};
use crate::lock::{self, Checks};
use crate::message;
use crate::package::{Package, Tracked};
use crate::paths::Private;

/// A durable function, checked.
struct Model {
    kind: Kind,
    vis: Visibility,
    attributes: Attributes,
    options: Options,
    signature: Signature,
    /// What the function does; nothing if errors were found, when callers shall still find its handles.
    body: Option<Body>,
    /// The fingerprint of an orchestrator's text.
    print: Option<Fingerprint>,
    /// What the compiler checks of a released version.
    checks: Checks,
    /// What makes the compiler look at the package's settings again when they change.
    tracked: Tracked,
}

/// What the function does.
struct Body {
    block: TokenStream,
    /// The types of shared state that it asks for by name.
    states: Vec<syn::Type>,
}

/// Expands one function.
pub(crate) fn run(kind: Kind, args: TokenStream, item: &TokenStream) -> TokenStream {
    let source = lock::Source::of_package();
    let given = args.clone();
    let mut errors = Errors::new();
    let unread = match kind {
        Kind::Orchestrator => None,
        Kind::Activity => parse_signature(item),
    };
    let (unread, parsed) = match unread {
        Some((function, body)) => (Some(body), Some(function)),
        None => (None, parse(item, &mut errors)),
    };
    let Some(mut function) = parsed else {
        return refuse_item(kind, item);
    };
    let options = Options::read(kind, args, &function, &mut errors);
    let private = Private::new(options.facade.as_ref());
    let signature = Signature::read(kind, &function, &options, &private, &mut errors);
    let Some(signature) = signature else {
        // No handle can be made of it; as written, at least its name resolves.
        let errors = errors.into_tokens();
        return quote!(#errors #function);
    };
    crate::deterministic::refuse_beside(kind, &mut function.attrs, &mut errors);
    let (strict, tracked) = match kind {
        Kind::Orchestrator => Package::of_compilation().is_strict(options.strict, &private, &mut errors),
        Kind::Activity => (false, Tracked::default()),
    };
    let read = |errors: &mut Errors| {
        if let Some(block) = &unread {
            return Some(Body {
                block: block.to_token_stream(),
                states: Vec::new(),
            });
        }
        let place = Place {
            strict,
            options: &options,
            private: &private,
        };
        Body::read(kind, &function, place, &signature, errors)
    };
    let body = errors.is_empty().then(|| read(&mut errors)).flatten();
    let print = match kind {
        Kind::Orchestrator => fingerprint::read(item),
        Kind::Activity => None,
    };
    let written = lock::Written {
        kind,
        args: &given,
        options: &options,
        signature: &signature,
        print: print.as_ref(),
    };
    let checks = lock::check(&written, &source, &private, &mut errors);
    let model = Model {
        kind,
        vis: function.vis,
        attributes: Attributes::sort(function.attrs),
        options,
        signature,
        body,
        print,
        checks,
        tracked,
    };
    let errors = errors.into_tokens();
    let expansion = expand::function(&model, &private);
    quote!(#errors #expansion)
}

/// Parses an activity, and keeps the tokens of its body as they are: parsing them takes longer than all else that is done
/// for it. Where they are broken, the compiler then says so a second time in the same words, which it drops. Nothing, if there is something in the body to be found, or what is not its signature is wrong.
fn parse_signature(item: &TokenStream) -> Option<(ItemFn, Group)> {
    let (mut tokens, body) = split_body(item)?;
    let inner = body.stream();
    let begins_with_attribute =
        matches!(inner.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
    if begins_with_attribute || inner.to_string().contains(STATE) {
        return None;
    }
    tokens.push(emptied(&body).into());
    let mut function: ItemFn = syn::parse2(tokens.into_iter().collect()).ok()?;
    function.block.stmts.push(Stmt::Expr(Expr::Verbatim(inner), None));
    Some((function, body))
}

/// Parses a function. One whose body is unfinished gets an empty one and an error, so that its callers still find it
/// while it is written.
fn parse(item: &TokenStream, errors: &mut Errors) -> Option<ItemFn> {
    match syn::parse2(item.clone()) {
        Ok(function) => Some(function),
        Err(error) => {
            let function = syn::parse2(without_body(item)?).ok()?;
            errors.add(error);
            Some(function)
        }
    }
}

/// Returns a function's tokens with an empty body.
fn without_body(item: &TokenStream) -> Option<TokenStream> {
    let (mut tokens, body) = split_body(item)?;
    tokens.push(emptied(&body).into());
    Some(tokens.into_iter().collect())
}

/// Returns what stands before a function's body, and the body.
fn split_body(item: &TokenStream) -> Option<(Vec<TokenTree>, Group)> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    match tokens.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Some((tokens, body)),
        _ => None,
    }
}

fn emptied(body: &Group) -> Group {
    let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
    empty.set_span(body.span());
    empty
}

/// What a body is read for.
#[derive(Clone, Copy)]
struct Place<'a> {
    strict: bool,
    options: &'a Options,
    private: &'a Private,
}

impl Body {
    /// Reads and rewrites a body; nothing if what was found in it leaves it of no use.
    fn read(
        kind: Kind,
        function: &ItemFn,
        place: Place<'_>,
        signature: &Signature,
        errors: &mut Errors,
    ) -> Option<Self> {
        let Place {
            strict,
            options,
            private,
        } = place;
        let mut block = (*function.block).clone();
        match kind {
            Kind::Orchestrator => {
                let subject = Subject {
                    what: kind.with_article(),
                    continuation: Some(Continuation {
                        input: &signature.input.ty,
                        upgrade_to: options.upgrade_latest.then_some(&signature.ident),
                    }),
                    strict,
                    params: [&signature.context, &signature.input]
                        .map(|param| (&param.pat, &param.ty))
                        .to_vec(),
                    returns: None,
                    private,
                };
                let usable = crate::body::check_and_rewrite(&mut block, &subject, errors);
                usable.then(|| Self {
                    block: block.into_token_stream(),
                    states: Vec::new(),
                })
            }
            Kind::Activity => {
                let states = crate::body::states(&block);
                let block = block.into_token_stream();
                Some(Self { block, states })
            }
        }
    }
}

fn refuse_item(kind: Kind, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let first = syn::parse2::<syn::Item>(item.clone());
    match first {
        Ok(parsed) => errors.push(head(&parsed), &message::not_a_function(kind.macro_name())),
        Err(error) => errors.add(error),
    }
    let errors = errors.into_tokens();
    quote!(#errors #item)
}

/// Returns the tokens of an item that name it, so that an error does not underline its whole body.
pub(crate) fn head(item: &syn::Item) -> TokenStream {
    match item {
        syn::Item::Struct(item) => {
            let (token, ident) = (&item.struct_token, &item.ident);
            quote!(#token #ident)
        }
        syn::Item::Enum(item) => {
            let (token, ident) = (&item.enum_token, &item.ident);
            quote!(#token #ident)
        }
        syn::Item::Trait(item) => {
            let (token, ident) = (&item.trait_token, &item.ident);
            quote!(#token #ident)
        }
        syn::Item::Mod(item) => {
            let (token, ident) = (&item.mod_token, &item.ident);
            quote!(#token #ident)
        }
        syn::Item::Impl(item) => {
            let (token, ty) = (&item.impl_token, &item.self_ty);
            quote!(#token #ty)
        }
        other => quote!(#other),
    }
}
