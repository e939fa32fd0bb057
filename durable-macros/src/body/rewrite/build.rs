//! Generated expressions, made without parsing the user's again.
//!
//! Their tokens have the user's span and not one of the macro's: an error there would tell of the macro's expansion.

use proc_macro2::{Ident, Span};
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprMethodCall, ExprReference, Token, token};

use crate::paths::Private;

/// Replaces an expression by one that is made of it.
pub(super) fn wrap(expr: &mut Expr, make: impl FnOnce(Expr) -> Expr) {
    let inner = std::mem::replace(expr, Expr::PLACEHOLDER);
    *expr = make(inner);
}

/// Makes `private::name(argument)`.
pub(super) fn call(private: &Private, name: &str, span: Span, argument: Expr) -> Expr {
    call_between(private, name, span, span, argument)
}

/// Makes `private::name(argument, &place)`.
pub(super) fn call_with(private: &Private, name: &str, span: Span, argument: Expr, place: &Expr) -> Expr {
    let mut made = call(private, name, span, argument);
    if let Expr::Call(call) = &mut made {
        call.args.push(Expr::Reference(ExprReference {
            attrs: Vec::new(),
            and_token: Token![&](span),
            mutability: None,
            expr: Box::new(place.clone()),
        }));
    }
    made
}

/// Makes `private::name(argument)` for `argument.await`: from the first token of the argument to the `await`, so that an
/// error in the type of the whole underlines all of it.
pub(super) fn await_call(private: &Private, name: &str, end: Span, argument: Expr) -> Expr {
    call_between(private, name, argument.span(), end, argument)
}

fn call_between(private: &Private, name: &str, span: Span, end: Span, argument: Expr) -> Expr {
    let (path, name) = (private.at(span), Ident::new(name, span));
    let argument = match argument {
        // An argument needs none, and the compiler would say so.
        Expr::Paren(paren) if paren.attrs.is_empty() => *paren.expr,
        other => other,
    };
    let mut args = Punctuated::new();
    args.push_value(argument);
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(Expr::Verbatim(quote_spanned!(span=> #path::#name))),
        paren_token: token::Paren(end),
        args,
    })
}

/// Makes `receiver.name()`.
pub(super) fn method(receiver: Expr, name: &str, span: Span) -> Expr {
    Expr::MethodCall(ExprMethodCall {
        attrs: Vec::new(),
        receiver: Box::new(receiver),
        dot_token: Token![.](span),
        method: Ident::new(name, span),
        turbofish: None,
        paren_token: token::Paren(span),
        args: Punctuated::new(),
    })
}
