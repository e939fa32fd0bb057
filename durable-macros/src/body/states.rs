//! Finds the shared state that an activity asks for by name.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Block, ExprMethodCall, GenericArgument, Ident, Item, Type, UseTree};

/// The method that asks for it.
pub(crate) const STATE: &str = "state";

/// Returns the types `T` of all calls `.state::<T>()`, each once.
///
/// A type that the body itself declares or imports has no name outside it and is left out; it is still found missing
/// when the activity runs.
pub(crate) fn states(block: &Block) -> Vec<Type> {
    let mut finder = Finder::default();
    finder.visit_block(block);
    let Finder { found, local, globs } = finder;
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .filter(|ty| !globs && !mentions(ty, &local) && seen.insert(ty.to_token_stream().to_string()))
        .collect()
}

#[derive(Default)]
struct Finder {
    found: Vec<Type>,
    /// Names that the body declares or imports.
    local: BTreeSet<String>,
    /// Whether the body imports names that cannot be seen.
    globs: bool,
}

impl Finder {
    fn declare(&mut self, ident: &Ident) {
        self.local.insert(ident.to_string());
    }

    fn import(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree),
            UseTree::Name(name) => self.declare(&name.ident),
            UseTree::Rename(rename) => self.declare(&rename.rename),
            UseTree::Glob(_) => self.globs = true,
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == STATE
            && call.args.is_empty()
            && let Some(turbofish) = &call.turbofish
            && let Some(GenericArgument::Type(ty)) = turbofish.args.first()
            && !matches!(ty, Type::Infer(_))
        {
            self.found.push(ty.clone());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(item) => self.declare(&item.ident),
            Item::Enum(item) => self.declare(&item.ident),
            Item::Type(item) => self.declare(&item.ident),
            Item::Use(item) => self.import(&item.tree),
            _ => {}
        }
    }
}

fn mentions(ty: &Type, names: &BTreeSet<String>) -> bool {
    struct Mentions<'a>(&'a BTreeSet<String>, bool);
    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            if path
                .segments
                .first()
                .is_some_and(|first| self.0.contains(&first.ident.to_string()))
            {
                self.1 = true;
            }
            visit::visit_path(self, path);
        }
    }
    let mut visitor = Mentions(names, false);
    visitor.visit_type(ty);
    visitor.1
}
