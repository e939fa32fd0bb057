//! Which names are local at a place of a body.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Block, Item, Pat, PatIdent, UseTree};

/// The names in scope.
pub(super) struct Scope {
    /// Variables, the innermost last.
    bound: Vec<String>,
    /// Items that the body declares or imports, anywhere.
    declared: BTreeSet<String>,
}

impl Scope {
    /// Starts a body.
    pub(super) fn new(params: &[&Pat], block: &Block) -> Self {
        let mut parameters = Names::default();
        for pat in params {
            parameters.visit_pat(pat);
        }
        let mut items = Names::default();
        items.visit_block(block);
        Self {
            bound: parameters.bound,
            declared: items.declared,
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
}

#[derive(Default)]
struct Names {
    declared: BTreeSet<String>,
    bound: Vec<String>,
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
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.bound.push(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Fn(function) => self.declare(&function.sig.ident),
            Item::Use(import) => self.import(&import.tree),
            _ => {}
        }
    }
}
