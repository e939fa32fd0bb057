//! Which names are local at a place of a body, and which of them may change.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Arm, Block, Expr, ExprForLoop, ExprLet, ExprMatch, Item, Local, Pat, PatIdent, Type, UseTree};

/// What a use of a variable inside a closure may do. The later counts, if several variables have one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Steadiness {
    /// It is read.
    Steady,
    /// It is declared `mut`.
    Changing,
    /// It refers to what may be changed.
    Borrowed,
    /// It is the context, or holds it: its methods are steps.
    Context,
}

/// The names in scope.
pub(super) struct Scope {
    /// Variables, the innermost last.
    bound: Vec<String>,
    /// Items that the body declares or imports, anywhere.
    declared: BTreeSet<String>,
    /// Variables that are not steady, anywhere in the body.
    unsteady: BTreeMap<String, Steadiness>,
}

impl Scope {
    /// Starts a body.
    pub(super) fn new(params: &[(&Pat, &Type)], block: &Block) -> Self {
        let mut parameters = Names::default();
        for (pat, _) in params {
            parameters.visit_pat(pat);
        }
        let mut items = Names::default();
        for (pat, ty) in params {
            items.bind_all(pat, of_type(ty));
        }
        items.visit_block(block);
        Self {
            bound: parameters.bound,
            declared: items.declared,
            unsteady: items.unsteady,
        }
    }

    /// Enters a block; [`leave`](Self::leave) takes what it returns.
    pub(super) fn enter(&self) -> usize {
        self.bound.len()
    }

    pub(super) fn leave(&mut self, outer: usize) {
        self.bound.truncate(outer);
    }

    pub(super) fn bind(&mut self, ident: &Ident) {
        self.bound.push(ident.to_string());
    }

    /// Returns whether a variable of this name is in scope.
    pub(super) fn binds(&self, ident: &Ident) -> bool {
        self.bound.iter().any(|name| ident == name)
    }

    /// Returns whether the body declares or imports an item of this name.
    pub(super) fn declares(&self, ident: &Ident) -> bool {
        self.declared.contains(&ident.to_string())
    }

    /// Returns what is known of the variables of this name.
    pub(super) fn steadiness(&self, ident: &Ident) -> Steadiness {
        if ident == "self" {
            return Steadiness::Borrowed;
        }
        let known = self.unsteady.get(&ident.to_string());
        known.copied().unwrap_or(Steadiness::Steady)
    }
}

#[derive(Default)]
struct Names {
    declared: BTreeSet<String>,
    bound: Vec<String>,
    unsteady: BTreeMap<String, Steadiness>,
}

impl Names {
    fn import(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree),
            UseTree::Name(name) => self.declare(&name.ident),
            UseTree::Rename(rename) => self.declare(&rename.rename),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
            UseTree::Glob(_) => {}
        }
    }

    fn declare(&mut self, ident: &Ident) {
        self.declared.insert(ident.to_string());
    }

    fn mark(&mut self, name: String, steadiness: Steadiness) {
        if steadiness > Steadiness::Steady {
            let known = self.unsteady.entry(name).or_insert(steadiness);
            *known = steadiness.max(*known);
        }
    }

    /// Marks all variables of a pattern.
    fn bind_all(&mut self, pat: &Pat, steadiness: Steadiness) {
        let mut names = Self::default();
        names.visit_pat(pat);
        for name in names.bound {
            self.mark(name, steadiness);
        }
        for (name, steadiness) in names.unsteady {
            self.mark(name, steadiness);
        }
    }

    /// Returns what a variable is that is made of an expression.
    fn of_value(&self, value: &Expr) -> Steadiness {
        let tokens = value.to_token_stream();
        if names_any(&tokens, &|name| {
            self.unsteady.get(name) == Some(&Steadiness::Context)
        }) && keeps_context(value, &tokens)
        {
            return Steadiness::Context;
        }
        let borrowed = match value {
            Expr::Reference(reference) => reference.mutability.is_some(),
            _ => names_any(&tokens, &|name| name.ends_with("_mut")),
        };
        if borrowed {
            Steadiness::Borrowed
        } else {
            Steadiness::Steady
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        let name = pat.ident.to_string();
        if pat.mutability.is_some() {
            let steadiness = match pat.by_ref {
                Some(_) => Steadiness::Borrowed,
                None => Steadiness::Changing,
            };
            self.mark(name.clone(), steadiness);
        }
        self.bound.push(name);
        visit::visit_pat_ident(self, pat);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            let steadiness = self.of_value(&init.expr);
            self.bind_all(&local.pat, steadiness);
        }
        if let Pat::Type(typed) = &local.pat {
            self.bind_all(&typed.pat, of_type(&typed.ty));
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_let(&mut self, condition: &'ast ExprLet) {
        let steadiness = self.of_value(&condition.expr);
        self.bind_all(&condition.pat, steadiness);
        visit::visit_expr_let(self, condition);
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        let steadiness = self.of_value(&each.expr);
        self.bind_all(&each.pat, steadiness);
        visit::visit_expr_for_loop(self, each);
    }

    fn visit_expr_match(&mut self, matched: &'ast ExprMatch) {
        let steadiness = self.of_value(&matched.expr);
        for Arm { pat, .. } in &matched.arms {
            self.bind_all(pat, steadiness);
        }
        visit::visit_expr_match(self, matched);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Fn(function) => self.declare(&function.sig.ident),
            Item::Use(import) => self.import(&import.tree),
            _ => {}
        }
    }
}

/// Returns whether a value in which the context is named may hold it. What was awaited, and what the context's own
/// methods return, are values like others.
fn keeps_context(value: &Expr, tokens: &TokenStream) -> bool {
    if names_any(tokens, &|name| name == "await") && !matches!(value, Expr::Async(_) | Expr::Closure(_)) {
        return false;
    }
    match value {
        Expr::MethodCall(call) => match &*call.receiver {
            Expr::Path(_) => call.method == "clone",
            receiver => keeps_context(receiver, tokens),
        },
        _ => true,
    }
}

/// Returns what a variable of a type is. Types that hold the context are known by its name in theirs.
fn of_type(ty: &Type) -> Steadiness {
    let tokens = ty.to_token_stream();
    if names_any(&tokens, &|name| name.contains("Context") || name.contains("Ctx")) {
        Steadiness::Context
    } else if names_any(&tokens, &|name| {
        matches!(name, "mut" | "FnMut" | "Cell" | "RefCell" | "Mutex" | "RwLock")
    }) {
        Steadiness::Borrowed
    } else {
        Steadiness::Steady
    }
}

fn names_any(tokens: &TokenStream, wanted: &impl Fn(&str) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident.to_string()),
        TokenTree::Group(group) => names_any(&group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
