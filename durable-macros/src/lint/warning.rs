//! Warnings on a stable compiler: a deprecated macro whose note is the text, used at the place.
//!
//! A macro rather than a constant, since the compiler names it without the path of generated items.

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::Stmt;

use crate::message::Message;

/// A finding that does not stop the build.
#[derive(Debug)]
pub(super) struct Warning {
    /// The token that is underlined: the compiler of today cannot join spans for a warning.
    pub(super) span: Span,
    pub(super) message: Message,
}

impl Warning {
    /// Returns statements that do nothing but make the compiler warn.
    ///
    /// `#[allow(deprecated)]` on the function silences them, `#![deny(deprecated)]` makes them errors.
    pub(super) fn into_stmts(self) -> Vec<Stmt> {
        let Self { span, message } = self;
        let name = format_ident!("durable_lint_{}", message.rule(), span = span);
        let note = message.to_string();
        let tokens = quote! {
            #[deprecated(note = #note)]
            macro_rules! #name {
                () => {};
            }
            #name! {}
        };
        syn::parse::Parser::parse2(syn::Block::parse_within, tokens).expect("these are two statements")
    }
}
