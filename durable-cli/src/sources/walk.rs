//! Walking through a function's body with its scopes: which names are its own, and which come from outside.

mod pattern;

use std::ops::Range;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprPath, ItemFn, Macro, Pat, Token};

use super::file::SourceFile;
use super::import::{Import, leaves, plain};
use pattern::names;

/// A path in a body that is not a local variable.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    pub(crate) absolute: bool,
    /// The bytes of the path's last name.
    pub(crate) last: Range<usize>,
    pub(crate) position: Position,
    pub(crate) bound: Bound,
}

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// The first argument of `.call(..)` or `.on(..)`.
    Handle,
    /// It is called: `path(..)`.
    Callee,
    /// A field that has the name of its value: `Steps { charge }`.
    Shorthand,
    Value,
}

/// What the first name of a path is bound to.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// A name of the module.
    Outside,
    /// A `use` inside the body.
    Import(Import),
}

/// All that a walk finds.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) uses: Vec<Use>,
    /// Macros whose arguments are not expressions.
    pub(crate) opaque: Vec<Macro>,
    /// All macros, with the path of each.
    pub(crate) macros: Vec<Macro>,
}

/// Walks through the body of a function.
pub(crate) fn walk(function: &ItemFn, file: &SourceFile) -> Walk {
    let mut walker = Walker {
        file,
        scopes: Vec::new(),
        position: Position::Value,
        found: Walk::default(),
    };
    walker.function(function);
    walker.found
}

#[derive(Debug)]
enum Local {
    Variable(String),
    Import(Box<Import>),
}

struct Walker<'a> {
    file: &'a SourceFile,
    scopes: Vec<Vec<Local>>,
    /// Where the next expression stands.
    position: Position,
    found: Walk,
}

impl Walker<'_> {
    fn scoped(&mut self, inner: impl FnOnce(&mut Self)) {
        self.scopes.push(Vec::new());
        inner(self);
        self.scopes.pop();
    }

    fn bind(&mut self, pat: &Pat) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(names(pat).into_iter().map(Local::Variable));
        }
    }

    fn function(&mut self, function: &ItemFn) {
        self.scoped(|walker| {
            for input in &function.sig.inputs {
                if let syn::FnArg::Typed(input) = input {
                    walker.bind(&input.pat);
                }
            }
            walker.visit_block(&function.block);
        });
    }

    fn expr_in(&mut self, expr: &Expr, position: Position) {
        self.position = position;
        self.visit_expr(expr);
        self.position = Position::Value;
    }

    /// Finds what a name is bound to inside the body; innermost first, latest first.
    fn bound(&self, name: &str) -> Option<&Local> {
        let all = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        all.into_iter().find(|local| match local {
            Local::Variable(own) => own == name,
            Local::Import(import) => import.alias.as_deref() == Some(name),
        })
    }

    fn path(&mut self, expr: &ExprPath) {
        let (None, Some(last)) = (&expr.qself, expr.path.segments.last()) else {
            return;
        };
        let path: Vec<String> = expr
            .path
            .segments
            .iter()
            .map(|segment| plain(&segment.ident))
            .collect();
        let absolute = expr.path.leading_colon.is_some();
        let bound = match self.bound(&path[0]) {
            Some(Local::Variable(_)) if path.len() == 1 && !absolute => return,
            Some(Local::Import(import)) if !absolute => Bound::Import((**import).clone()),
            _ => Bound::Outside,
        };
        self.found.uses.push(Use {
            path,
            absolute,
            last: self.file.range(&last.ident),
            position: self.position,
            bound,
        });
    }
}

impl<'ast> Visit<'ast> for Walker<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        let position = std::mem::replace(&mut self.position, Position::Value);
        if let Expr::Path(path) = expr {
            self.position = position;
            self.path(path);
            self.position = Position::Value;
        } else {
            visit::visit_expr(self, expr);
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scoped(|walker| {
            for stmt in &block.stmts {
                let locals: Vec<Local> = match stmt {
                    syn::Stmt::Item(syn::Item::Use(item)) => leaves(item, walker.file)
                        .into_iter()
                        .map(|import| Local::Import(Box::new(import)))
                        .collect(),
                    syn::Stmt::Item(syn::Item::Fn(item)) => vec![Local::Variable(plain(&item.sig.ident))],
                    _ => Vec::new(),
                };
                if let Some(scope) = walker.scopes.last_mut() {
                    scope.extend(locals);
                }
            }
            visit::visit_block(walker, block);
        });
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function(function);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.visit_local_init(init);
        }
        self.bind(&local.pat);
    }

    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        self.bind(&expr.pat);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.scoped(|walker| {
            walker.visit_expr(&expr.cond);
            walker.visit_block(&expr.then_branch);
        });
        if let Some((_, other)) = &expr.else_branch {
            self.visit_expr(other);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.scoped(|walker| {
            walker.visit_expr(&expr.cond);
            walker.visit_block(&expr.body);
        });
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.scoped(|walker| {
            walker.bind(&expr.pat);
            walker.visit_block(&expr.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|walker| {
            walker.bind(&arm.pat);
            if let Pat::Guard(guarded) = &arm.pat {
                walker.visit_expr(&guarded.guard);
            }
            walker.visit_expr(&arm.body);
        });
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|walker| {
            closure.inputs.iter().for_each(|input| walker.bind(input));
            walker.visit_expr(&closure.body);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let takes_handle = call.method == "call" || call.method == "on";
        for (at, arg) in call.args.iter().enumerate() {
            let position = if takes_handle && at == 0 {
                Position::Handle
            } else {
                Position::Value
            };
            self.expr_in(arg, position);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        self.expr_in(&call.func, Position::Callee);
        call.args.iter().for_each(|arg| self.visit_expr(arg));
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        let shorthand = field.colon_token.is_none();
        self.expr_in(
            &field.expr,
            if shorthand {
                Position::Shorthand
            } else {
                Position::Value
            },
        );
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.found.macros.push(call.clone());
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match call.parse_body_with(parser) {
            // The spans of the tokens survive, so what is found is at its place in the file.
            Ok(args) => args.iter().for_each(|arg| self.visit_expr(arg)),
            Err(_) => self.found.opaque.push(call.clone()),
        }
    }
}
