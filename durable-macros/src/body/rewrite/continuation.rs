//! Continue-as-new: ties its argument to the orchestrator's input, and leads to the current version.

use proc_macro2::Span;
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Type, parse_quote_spanned};

use crate::paths::Private;

/// How an orchestrator continues as new.
pub(crate) struct Continuation<'a> {
    /// The input type of the orchestrator.
    pub(crate) input: &'a Type,
    /// The plain handle of an orchestrator that upgrades itself.
    pub(crate) upgrade_to: Option<&'a Ident>,
}

impl Continuation<'_> {
    /// Gives the argument of `continue_as_new` the orchestrator's own input type, and the call its way to the current
    /// version. With `.on(..)` behind it, the user has said both.
    pub(super) fn tie(&self, expr: &mut Expr, private: &Private) {
        let Expr::MethodCall(call) = expr else { return };
        let input = self.input;
        if let Some(arg) = call.args.first_mut()
            && !is_unit(input, arg)
        {
            // Located at the argument, so that nothing else is underlined if its type is wrong.
            let private = private.at(arg.span());
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

/// Returns whether `()` is given where it is wanted. Clippy takes it for a mistake if it is the value of a call.
fn is_unit(input: &Type, arg: &Expr) -> bool {
    matches!(input, Type::Tuple(ty) if ty.elems.is_empty())
        && matches!(arg, Expr::Tuple(value) if value.elems.is_empty())
}
