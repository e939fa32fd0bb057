//! Compares a function with what was released of it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::Source;
use super::cache;
use super::parse::{Call, Form, Function, Stanza};
use crate::errors::Errors;
use crate::fingerprint::{CalleePath, Fingerprint};
use crate::function::{Kind, Options, Output, Signature};
use crate::message::{self, Released};
use crate::paths::Private;

/// What the compiler checks of a released function, and what makes it look at the lock again when that changes.
#[derive(Debug, Default)]
pub(crate) struct Checks(TokenStream);

impl quote::ToTokens for Checks {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// A function as it is written now.
pub(crate) struct Written<'a> {
    pub(crate) kind: Kind,
    pub(crate) args: &'a TokenStream,
    pub(crate) options: &'a Options,
    pub(crate) signature: &'a Signature,
    pub(crate) print: Option<&'a Fingerprint>,
}

/// Compares a function with what was released of it, if it was.
pub(crate) fn check(
    written: &Written<'_>,
    source: &Source,
    private: &Private,
    errors: &mut Errors,
) -> Checks {
    let name = &written.signature.ident;
    let (text, path) = match source {
        // Without a lock nothing was released; `lock!()` says whether there must be one.
        Source::Nowhere | Source::Unreadable { why: None, .. } => return Checks::default(),
        Source::Unreadable { why: Some(why), .. } => {
            errors.push(name, &message::lock_malformed(why));
            return Checks::default();
        }
        Source::Found { text, path } => (text, path),
    };
    // A statement: the compiler would evaluate a constant.
    let tracked = quote! {
        let _ = ::core::include_bytes!(#path);
    };
    let parsed = cache::parse(text);
    let lock = match &*parsed {
        Ok(lock) => lock,
        Err(problem) => {
            errors.push(name, &message::lock_malformed(problem));
            return Checks(tracked);
        }
    };
    let Options { name, version, .. } = written.options;
    let Some(stanza) = lock.find(written.kind, name, *version) else {
        return Checks(tracked);
    };
    let released = Released {
        kind: written.kind,
        name: name.clone(),
        version: *version,
    };
    let checker = Checker {
        written,
        stanza,
        released,
        private,
    };
    let callees = checker.body(errors);
    let schemas = checker.schemas();
    Checks(quote!(#schemas #callees #tracked))
}

struct Checker<'a> {
    written: &'a Written<'a>,
    stanza: &'a Stanza,
    released: Released,
    private: &'a Private,
}

impl Checker<'_> {
    /// Compares the body, and if it is the same, what its calls stand for.
    fn body(&self, errors: &mut Errors) -> TokenStream {
        let (Some(released), Some(print)) = (self.stanza.body, self.written.print) else {
            return TokenStream::new();
        };
        let span = version_span(self.written.args).unwrap_or_else(|| self.written.signature.ident.span());
        if released != print.hash || self.stanza.calls.len() != print.callees.len() {
            let message = message::body_changed(&self.released, self.written.options.superseded);
            errors.add(syn::Error::new(span, message));
            return TokenStream::new();
        }
        let pairs = self.stanza.calls.iter().zip(&print.callees);
        let callees: TokenStream = pairs
            .map(|(call, path)| self.callee(call, path, errors))
            .collect();
        let helpers = self.stanza.helpers.iter();
        let helpers = helpers.filter_map(|(name, locked)| {
            let path = print.helpers.iter().find(|helper| helper.text == *name)?;
            Some(self.helper(path, *locked))
        });
        callees.into_iter().chain(helpers.flatten()).collect()
    }

    /// Compares a deterministic function, with all that it calls.
    fn helper(&self, helper: &CalleePath, locked: u64) -> TokenStream {
        let (span, import) = (helper.span(), helper.to_import());
        let located = self.private.at(span);
        let message = message::helper_changed(&self.released, &helper.text).to_string();
        quote_spanned!(span=> #located::locked_helper!(#import #locked, #message);)
    }

    fn callee(&self, call: &Call, callee: &CalleePath, errors: &mut Errors) -> TokenStream {
        let CalleePath { path, imports, text } = callee;
        match call {
            Call::Other(released) => {
                if released != text {
                    let message = message::callee_replaced(&self.released, &format!("`{released}`"));
                    errors.push(path, &message);
                }
                TokenStream::new()
            }
            Call::Function(Function { kind, name, version }) => {
                let span = callee.span();
                let located = self.private.at(span);
                let shown = format!(
                    "{} `{name}` version {}",
                    kind.macro_name(),
                    version.canonical(".")
                );
                let rebound = message::callee_rebound(
                    &self.released,
                    &shown,
                    text,
                    &pinned(text, &version.canonical("_")),
                )
                .to_string();
                let other = message::callee_replaced(&self.released, &shown).to_string();
                let orchestrator = *kind == Kind::Orchestrator;
                let [a, b, c, d] = version.0;
                quote_spanned! {span=>
                    #located::locked_callee!({ #imports } #path, #orchestrator, #name, [#a, #b, #c, #d], #rebound, #other);
                }
            }
        }
    }

    /// Compares the recorded forms, where they were known.
    fn schemas(&self) -> TokenStream {
        let input = &self.written.signature.input.ty;
        let private = self.private;
        let (output, error) = match &self.written.signature.output {
            Output::Result { value, error, .. } => {
                ((value.span(), quote!(#value)), (error.span(), quote!(#error)))
            }
            Output::Alias(ty) => (
                (ty.span(), quote!(<#ty as #private::Outcome>::Output)),
                (ty.span(), quote!(<#ty as #private::Outcome>::Error)),
            ),
            Output::Refused => return TokenStream::new(),
        };
        let types = [
            ("input", (input.span(), quote!(#input))),
            ("output", output),
            ("error", error),
        ];
        let pairs = types.into_iter().zip(self.stanza.forms);
        let checks = pairs.filter_map(|((what, (span, ty)), form)| {
            let Some(Form::Known(locked)) = form else {
                return None;
            };
            let located = self.private.at(span);
            let message = message::schema_changed(&self.released, what).to_string();
            Some(quote_spanned!(span=> #located::locked_schema!(#ty, #locked, #message);))
        });
        checks.collect()
    }
}

/// Returns the handle of a version: `shop::charge_v1` for `shop::charge` or `shop::charge_v2`.
fn pinned(path: &str, mangled: &str) -> String {
    let base = path.rsplit_once("_v").filter(|(_, version)| {
        !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    });
    let base = base.map_or(path, |(base, _)| base);
    format!("{base}_v{mangled}")
}

/// Returns the place of the version in the attribute.
fn version_span(args: &TokenStream) -> Option<Span> {
    let tokens: Vec<TokenTree> = args.clone().into_iter().collect();
    tokens.windows(3).find_map(|window| match window {
        [TokenTree::Ident(key), TokenTree::Punct(equals), value]
            if is(key, "version") && equals.as_char() == '=' =>
        {
            Some(value.span())
        }
        _ => None,
    })
}

fn is(ident: &Ident, text: &str) -> bool {
    ident == text
}
