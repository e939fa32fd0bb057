//! Closures that do the same to each element, whichever comes first.
//!
//! Read from the names alone, so with a doubt the answer is no: a closure that uses the context, that assigns to what
//! is outside it, or that calls a method that may change a variable outside it.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprCall, ExprMethodCall, ExprPath, Item, Macro, PatIdent, Token};

use super::scope::{Scope, Steadiness};

/// Methods that only read what they are called on.
const READS: [&str; 24] = [
    "as_bytes",
    "as_ref",
    "as_str",
    "binary_search",
    "clone",
    "contains",
    "contains_key",
    "copied",
    "ends_with",
    "eq",
    "first",
    "get",
    "get_or",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "keys",
    "last",
    "len",
    "range",
    "starts_with",
    "to_owned",
    "values",
];

/// Methods that change what they are called on though it is not `mut`: of cells, locks, atomics and channels.
const WRITES: [&str; 14] = [
    "borrow_mut",
    "fetch_add",
    "fetch_max",
    "fetch_min",
    "fetch_sub",
    "get_or_init",
    "lock",
    "replace",
    "send",
    "set",
    "store",
    "swap",
    "try_lock",
    "write",
];

/// Macros of which the arguments tell everything.
const MACROS: [&str; 12] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "format",
    "format_args",
    "matches",
    "panic",
    "unreachable",
    "vec",
];

/// Returns whether calling a function, or evaluating what else is given to an adapter, leaves no trace.
pub(super) fn is_pure(arg: &Expr, scope: &Scope) -> bool {
    let mut own = Own::default();
    own.visit_expr(arg);
    let mut reader = Reader {
        scope,
        own: own.0,
        pure: true,
    };
    reader.visit_expr(arg);
    reader.pure
}

/// The names that are bound inside.
#[derive(Default)]
struct Own(Vec<String>);

impl<'ast> Visit<'ast> for Own {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.push(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

struct Reader<'a> {
    scope: &'a Scope,
    own: Vec<String>,
    pure: bool,
}

impl Reader<'_> {
    /// Returns what is known of the variable that an expression begins with, if it is one from outside.
    fn steadiness(&self, expr: &Expr) -> Steadiness {
        match expr {
            Expr::Path(path) => self.of_path(path),
            Expr::Field(field) => self.steadiness(&field.base),
            Expr::Index(index) => self.steadiness(&index.expr),
            Expr::MethodCall(call) => self.steadiness(&call.receiver),
            Expr::Paren(inner) => self.steadiness(&inner.expr),
            Expr::Reference(inner) => self.steadiness(&inner.expr),
            Expr::Try(inner) => self.steadiness(&inner.expr),
            Expr::Unary(inner) => self.steadiness(&inner.expr),
            _ => Steadiness::Steady,
        }
    }

    fn of_path(&self, path: &ExprPath) -> Steadiness {
        match path.path.get_ident() {
            Some(ident) if !self.own.iter().any(|own| ident == own) => self.scope.steadiness(ident),
            _ => Steadiness::Steady,
        }
    }

    /// Returns whether an expression stands for a place outside: what is assigned to it stays.
    fn is_outside(&self, place: &Expr) -> bool {
        match place {
            Expr::Path(path) => {
                let ident = path.path.get_ident();
                ident.is_none_or(|ident| !self.own.iter().any(|own| ident == own))
            }
            Expr::Field(field) => self.is_outside(&field.base),
            Expr::Index(index) => self.is_outside(&index.expr),
            Expr::Paren(inner) => self.is_outside(&inner.expr),
            Expr::Unary(inner) => self.is_outside(&inner.expr),
            Expr::Tuple(tuple) => tuple.elems.iter().any(|place| self.is_outside(place)),
            Expr::MethodCall(call) => self.is_outside(&call.receiver),
            Expr::Infer(_) => false,
            _ => true,
        }
    }

    fn method(&self, call: &ExprMethodCall) -> bool {
        // In a chain, only the first method has the variable itself.
        if matches!(*call.receiver, Expr::MethodCall(_)) {
            return true;
        }
        match self.steadiness(&call.receiver) {
            Steadiness::Steady => {
                !self.is_outside(&call.receiver) || !WRITES.iter().any(|name| call.method == name)
            }
            Steadiness::Changing | Steadiness::Borrowed => READS.iter().any(|name| call.method == name),
            Steadiness::Context => false,
        }
    }

    fn call(&self, call: &ExprCall) -> bool {
        let function = match &*call.func {
            Expr::Path(path) => self.of_path(path) == Steadiness::Steady,
            _ => true,
        };
        function && call.args.iter().all(|arg| !self.lends(arg))
    }

    /// Returns whether a function that is given this can change a variable from outside.
    fn lends(&self, arg: &Expr) -> bool {
        !matches!(arg, Expr::MethodCall(_)) && self.steadiness(arg) == Steadiness::Borrowed
    }

    fn macro_call(&mut self, call: &Macro) {
        let known = call.path.segments.last();
        let known = known.is_some_and(|last| MACROS.iter().any(|name| last.ident == name));
        // What follows in `matches!` is a pattern, which does nothing.
        let parser = |input: syn::parse::ParseStream<'_>| {
            let first = input.parse::<Expr>()?;
            let mut args = vec![first];
            if call.path.is_ident("matches") {
                input.parse::<proc_macro2::TokenStream>()?;
            } else if input.parse::<Option<Token![,]>>()?.is_some() {
                args.extend(Punctuated::<Expr, Token![,]>::parse_terminated(input)?);
            }
            Ok(args)
        };
        match call.parse_body_with(parser) {
            Ok(args) if known => {
                for arg in &args {
                    let mut reader = Reader {
                        scope: self.scope,
                        own: self.own.clone(),
                        pure: true,
                    };
                    reader.visit_expr(arg);
                    self.pure &= reader.pure;
                }
            }
            _ => self.pure = false,
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.pure &= match expr {
            Expr::Async(_) | Expr::Await(_) | Expr::Unsafe(_) | Expr::Yield(_) | Expr::Verbatim(_) => false,
            Expr::Assign(assign) => !self.is_outside(&assign.left),
            Expr::Binary(binary) => !is_assignment(&binary.op) || !self.is_outside(&binary.left),
            Expr::Reference(reference) => reference.mutability.is_none() || !self.is_outside(&reference.expr),
            Expr::MethodCall(call) => self.method(call),
            Expr::Call(call) => self.call(call),
            Expr::Path(path) => self.of_path(path) != Steadiness::Context,
            _ => true,
        };
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macro_call(call);
    }

    /// Nobody knows what an item inside a closure does until it is called.
    fn visit_item(&mut self, _: &'ast Item) {
        self.pure = false;
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
