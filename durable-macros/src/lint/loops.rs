//! Loops that never end and repeat durable operations: their history grows without bound.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprMethodCall, Item, Label, Lifetime, Lit, Macro, Token};

use super::imports::segments;
use super::macros::{MacroKind, kind};

/// Returns where a loop begins that awaits, never ends, and is never left.
pub(super) fn endless(expr: &Expr) -> Option<Span> {
    let (span, label, body) = match expr {
        Expr::Loop(expr) => (expr.loop_token.span, &expr.label, &expr.body),
        Expr::While(expr) if is_true(&expr.cond) => (expr.while_token.span, &expr.label, &expr.body),
        Expr::ForLoop(expr) if is_endless(&expr.expr) => (expr.for_token.span, &expr.label, &expr.body),
        _ => return None,
    };
    let mut finder = Finder::new(label.as_ref());
    finder.visit_block(body);
    (finder.awaits && !finder.leaves).then_some(span)
}

fn is_true(cond: &Expr) -> bool {
    match cond {
        Expr::Paren(cond) => is_true(&cond.expr),
        Expr::Lit(cond) => matches!(&cond.lit, Lit::Bool(lit) if lit.value),
        _ => false,
    }
}

/// Returns whether an iterator is written so that it plainly has no end.
fn is_endless(iterated: &Expr) -> bool {
    match iterated {
        Expr::Paren(inner) => is_endless(&inner.expr),
        Expr::Range(range) => range.start.is_some() && range.end.is_none(),
        Expr::MethodCall(call) => call.method == "cycle" && call.args.is_empty(),
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else {
                return false;
            };
            let path = segments(&function.path);
            let ends = |end: &str| path.ends_with(&["iter".to_owned(), end.to_owned()]);
            ends("repeat") || ends("repeat_with")
        }
        _ => false,
    }
}

/// Looks for awaits, and for ways out of one loop.
struct Finder<'a> {
    own: Option<&'a Lifetime>,
    /// Labels of blocks and loops further in.
    inner: Vec<Lifetime>,
    /// How many loops further in the visit is.
    depth: usize,
    /// Whether the visit is inside a closure or an `async` block, which `return` and `.await` belong to.
    apart: bool,
    awaits: bool,
    leaves: bool,
}

impl<'a> Finder<'a> {
    fn new(label: Option<&'a Label>) -> Self {
        Self {
            own: label.map(|label| &label.name),
            inner: Vec::new(),
            depth: 0,
            apart: false,
            awaits: false,
            leaves: false,
        }
    }

    fn inside<'ast>(&mut self, label: Option<&Label>, body: &'ast Block, loops: usize)
    where
        Self: Visit<'ast>,
    {
        self.inner.extend(label.map(|label| label.name.clone()));
        self.depth += loops;
        self.visit_block(body);
        self.depth -= loops;
        if label.is_some() {
            self.inner.pop();
        }
    }

    fn apart(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.apart, true);
        visit(self);
        self.apart = before;
    }

    fn goes_out(&self, label: &Lifetime) -> bool {
        !self.inner.contains(label)
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Loop(inner) => self.inside(inner.label.as_ref(), &inner.body, 1),
            Expr::While(inner) => {
                self.visit_expr(&inner.cond);
                self.inside(inner.label.as_ref(), &inner.body, 1);
            }
            Expr::ForLoop(inner) => {
                self.visit_expr(&inner.expr);
                self.inside(inner.label.as_ref(), &inner.body, 1);
            }
            Expr::Block(inner) => self.inside(inner.label.as_ref(), &inner.block, 0),
            Expr::Break(exit) => {
                self.leaves |= !self.apart
                    && match &exit.label {
                        Some(label) => self.goes_out(label),
                        None => self.depth == 0,
                    };
            }
            Expr::Continue(next) => {
                let label = next.label.as_ref();
                self.leaves |= label.is_some_and(|label| self.goes_out(label) && self.own != Some(label));
            }
            // An error ends it too, but no loop is written to end so: `?` is no way out.
            Expr::Return(_) => {
                self.leaves |= !self.apart;
                visit::visit_expr(self, expr);
            }
            Expr::Await(_) => {
                self.awaits |= !self.apart;
                visit::visit_expr(self, expr);
            }
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.apart(|finder| visit::visit_expr_async(finder, block));
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.apart(|finder| visit::visit_expr_closure(finder, closure));
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.leaves |= call.method == "continue_as_new";
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        match kind(&segments(&call.path)) {
            MacroKind::Pure | MacroKind::Formats | MacroKind::Refused(_) => {}
            // Nobody knows whether it returns.
            MacroKind::Leaves | MacroKind::Unknown => self.leaves = true,
        }
        let args = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        self.awaits |= has(
            call.tokens.clone(),
            &|token| matches!(token, TokenTree::Ident(ident) if ident == "await"),
        );
        for arg in args.iter().flatten() {
            // The compiler keeps the arguments for as long as the call; so does the visitor.
            Finder::merge(self, arg);
        }
    }

    /// A function inside the loop is not the loop's.
    fn visit_item(&mut self, _: &'ast Item) {}
}

impl Finder<'_> {
    /// Visits an expression that lives shorter than the rest.
    fn merge(&mut self, expr: &Expr) {
        let mut finder = Finder {
            own: self.own,
            inner: self.inner.clone(),
            depth: self.depth,
            apart: self.apart,
            awaits: false,
            leaves: false,
        };
        finder.visit_expr(expr);
        self.awaits |= finder.awaits;
        self.leaves |= finder.leaves;
    }
}

fn has(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match &token {
        TokenTree::Group(group) => has(group.stream(), wanted),
        other => wanted(other),
    })
}
