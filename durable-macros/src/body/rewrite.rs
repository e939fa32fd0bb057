//! Rewrites an orchestrator's body where its types need help.

use proc_macro2::Span;
use quote::{format_ident, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprMethodCall, Ident, Item, Macro, Token, Type, parse_quote_spanned};

use crate::paths::Private;

/// Rewrites `async` blocks into durable ones, and ties the argument of `continue_as_new` to a type.
pub(crate) fn rewrite(block: &mut Block, input: &Type, upgrade_to: Option<&Ident>, private: &Private) {
    let mut rewriter = Rewriter {
        input,
        upgrade_to,
        private,
        moves: false,
    };
    rewriter.visit_block_mut(block);
}

struct Rewriter<'a> {
    /// The input type of the orchestrator.
    input: &'a Type,
    /// The plain handle of an orchestrator that upgrades itself.
    upgrade_to: Option<&'a Ident>,
    private: &'a Private,
    /// Whether a method further out in the chain under visit is `.on(..)`.
    moves: bool,
}

impl Rewriter<'_> {
    fn visit_chain(&mut self, call: &mut ExprMethodCall) {
        let moves = std::mem::take(&mut self.moves) || call.method == "on";
        for arg in &mut call.args {
            self.visit_expr_mut(arg);
        }
        self.moves = moves && matches!(*call.receiver, Expr::MethodCall(_));
        self.visit_expr_mut(&mut call.receiver);
        self.moves = false;
    }

    /// Gives the argument of `continue_as_new` the orchestrator's own input type, and the call its way to the current
    /// version. With `.on(..)` behind it, the user has said both.
    fn tie(&self, expr: &mut Expr) {
        let Expr::MethodCall(call) = expr else { return };
        let input = self.input;
        if let Some(arg) = call.args.first_mut() {
            // Located at the argument, so that nothing else is underlined if its type is wrong.
            let private = self.private.at(arg.span());
            *arg = parse_quote_spanned!(arg.span()=> #private::same_input::<#input>(#arg));
        }
        if let Some(plain) = self.upgrade_to {
            // A local variable of the user's may have the handle's name; it must not be taken for it.
            let span = Span::mixed_site().located_at(call.method.span());
            let handle = format_ident!("{plain}", span = span);
            *expr = parse_quote_spanned!(call.method.span()=> #call.on(#handle));
        }
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::MethodCall(call) => {
                let stays = call.method == "continue_as_new" && call.args.len() == 1 && !self.moves;
                self.visit_chain(call);
                if stays {
                    self.tie(expr);
                }
            }
            Expr::Await(future) => {
                self.moves = false;
                crate::lint::take_mark(future);
                visit_mut::visit_expr_await_mut(self, future);
            }
            Expr::Async(block) => {
                self.moves = false;
                visit_mut::visit_expr_async_mut(self, block);
                let (private, span) = (self.private, block.async_token.span);
                let durable = quote_spanned!(span=> #private::block);
                *expr = parse_quote_spanned!(span=> #durable(#block));
            }
            other => {
                self.moves = false;
                visit_mut::visit_expr_mut(self, other);
            }
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if !takes_expressions(call) {
            return;
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(mut args) = call.parse_body_with(parser) {
            let before = args.clone();
            args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
            if args != before {
                call.tokens = quote::quote!(#args);
            }
        }
    }

    /// A function inside the body is not the orchestrator's.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns whether it is a macro of the standard library whose arguments are expressions.
fn takes_expressions(call: &Macro) -> bool {
    const NAMES: [&str; 11] = [
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "format",
        "panic",
        "vec",
        "write",
        "writeln",
    ];
    let last = call.path.segments.last();
    last.is_some_and(|segment| NAMES.iter().any(|name| segment.ident == name))
}
