//! Paths in the place of a handle: `charge` in `ctx.call(charge, order)`.

use quote::ToTokens;
use syn::visit::Visit;
use syn::{Expr, ExprMethodCall, Path, PathArguments};

use super::super::CalleePath;
use super::{Mark, Resolver};

impl Resolver<'_> {
    pub(super) fn method_call(&mut self, call: &ExprMethodCall) {
        for attribute in &call.attrs {
            self.visit_attribute(attribute);
        }
        self.visit_expr(&call.receiver);
        if let Some(turbofish) = &call.turbofish {
            self.visit_angle_bracketed_generic_arguments(turbofish);
        }
        let takes_a_handle = self.takes_a_handle(call);
        for (at, argument) in call.args.iter().enumerate() {
            if at > 0 || !takes_a_handle || !self.callee(argument) {
                self.visit_expr(argument);
            }
        }
    }

    /// Returns whether the method may be one of the library's whose first argument is a handle.
    fn takes_a_handle(&self, call: &ExprMethodCall) -> bool {
        let name = |call: &ExprMethodCall| self.source.name(&call.method).map(|(_, name)| name.to_owned());
        match name(call).as_deref() {
            Some("call" | "undo_with") => call.args.len() == 2,
            Some("on") if call.args.len() == 1 => {
                let mut receiver = &*call.receiver;
                while let Expr::MethodCall(inner) = receiver {
                    if name(inner).as_deref() == Some("continue_as_new") {
                        return true;
                    }
                    receiver = &inner.receiver;
                }
                false
            }
            Some(_) | None => false,
        }
    }

    /// Takes an argument as a callee, if it is the path of a function outside the body.
    fn callee(&mut self, argument: &Expr) -> bool {
        let path = match argument {
            Expr::Path(expr) if expr.qself.is_none() && expr.attrs.is_empty() => &expr.path,
            Expr::Group(group) => return self.callee(&group.expr),
            _ => return false,
        };
        let plain = path
            .segments
            .iter()
            .all(|segment| matches!(segment.arguments, PathArguments::None));
        let Some(last) = path
            .segments
            .last()
            .and_then(|segment| self.source.name(&segment.ident))
        else {
            return false;
        };
        // Variants, constants and types are no functions.
        let (number, name) = last;
        if self.hidden || !plain || name.starts_with(char::is_uppercase) {
            return false;
        }
        let Some(imports) = self.imports(path) else {
            return false;
        };
        let restored = self.source.restore(path.to_token_stream());
        let Ok(path) = syn::parse2::<Path>(restored.clone()) else {
            return false;
        };
        let colons = if path.leading_colon.is_some() { 2 } else { 0 };
        let before = 3 * (path.segments.len() - 1) + colons;
        self.marks.insert(number, Mark::Callee { before });
        self.callees.push(CalleePath {
            text: restored.to_string().replace(' ', ""),
            path,
            imports,
        });
        true
    }

    /// Returns the imports that a path may need outside the body; nothing if it means something else there.
    pub(super) fn imports(&self, path: &Path) -> Option<proc_macro2::TokenStream> {
        let first = &path.segments.first()?.ident;
        match self.source.name(first) {
            _ if path.leading_colon.is_some() => Some(proc_macro2::TokenStream::new()),
            Some((_, name)) => self.names.is_outer(name).then(|| self.names.imports_for(name)),
            // `crate`, `self`, `super` and `$crate` are the same everywhere in a module; `Self` is a type.
            None if first == "Self" => None,
            None => Some(proc_macro2::TokenStream::new()),
        }
    }
}
