//! Which names the body itself declares or imports.

use std::collections::BTreeMap;

use syn::ext::IdentExt;
use syn::{Block, Ident, Item, ItemUse, Stmt, Type, UseTree};

/// Aliases of aliases are followed this far; a circle of them does not compile anyway.
const MAX_ALIASES: usize = 8;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Binding {
    /// An item of the body.
    Own,
    /// Another path.
    Path(Vec<String>),
}

/// The items of one block.
#[derive(Debug, Default)]
struct Scope {
    names: BTreeMap<String, Binding>,
    /// The paths of `use path::*`.
    globs: Vec<Vec<String>>,
}

/// What a path may stand for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// Something that the body itself declares.
    Own,
    /// A path whose beginning was written out, here or in an import of the body.
    Path(Vec<String>),
}

/// The imports and items that are visible at a place of the body.
#[derive(Debug, Default)]
pub(super) struct Imports(Vec<Scope>);

impl Imports {
    /// Enters a block: its items are visible in all of it.
    pub(super) fn enter(&mut self, block: &Block) {
        let mut scope = Scope::default();
        for stmt in &block.stmts {
            if let Stmt::Item(item) = stmt {
                scope.add(item);
            }
        }
        self.0.push(scope);
    }

    /// Leaves the innermost block.
    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// Replaces an imported name at the beginning of a path by what was imported.
    pub(super) fn resolve(&self, path: &[String], absolute: bool) -> Resolved {
        let mut path = path.to_vec();
        if absolute {
            return Resolved::Path(path);
        }
        for _ in 0..MAX_ALIASES {
            let Some(first) = path.first() else { break };
            match self.0.iter().rev().find_map(|scope| scope.names.get(first)) {
                None => break,
                Some(Binding::Own) => return Resolved::Own,
                Some(Binding::Path(target)) if target.first() == Some(first) => {
                    // `use tokio::time as tokio` cannot be told from `use tokio`, once it was followed.
                    path.splice(..1, target.iter().cloned());
                    break;
                }
                Some(Binding::Path(target)) => {
                    path.splice(..1, target.iter().cloned());
                }
            }
        }
        Resolved::Path(path)
    }

    /// Returns the paths that a path may stand for if its beginning comes from a `use path::*` of the body.
    pub(super) fn through_globs(&self, path: &[String]) -> Vec<Vec<String>> {
        let globs = self.0.iter().flat_map(|scope| &scope.globs);
        globs.map(|glob| [glob.as_slice(), path].concat()).collect()
    }
}

impl Scope {
    fn add(&mut self, item: &Item) {
        match item {
            Item::Use(item) => self.import(item),
            Item::Type(item) => {
                let target = match &*item.ty {
                    Type::Path(ty) if ty.qself.is_none() => Binding::Path(segments(&ty.path)),
                    _ => Binding::Own,
                };
                self.names.insert(text(&item.ident), target);
            }
            Item::Const(item) => self.own(&item.ident),
            Item::Enum(item) => self.own(&item.ident),
            Item::Fn(item) => self.own(&item.sig.ident),
            Item::Mod(item) => self.own(&item.ident),
            Item::Struct(item) => self.own(&item.ident),
            Item::Trait(item) => self.own(&item.ident),
            Item::Union(item) => self.own(&item.ident),
            Item::Macro(item) => {
                if let Some(ident) = &item.ident {
                    self.own(ident);
                }
            }
            _ => {}
        }
    }

    fn own(&mut self, ident: &Ident) {
        self.names.insert(text(ident), Binding::Own);
    }

    fn import(&mut self, item: &ItemUse) {
        self.import_tree(&item.tree, &[]);
    }

    fn import_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let below = |ident: &Ident| [prefix, &[text(ident)]].concat();
        match tree {
            UseTree::Path(path) => self.import_tree(&path.tree, &below(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.names.insert(last.clone(), Binding::Path(prefix.to_vec()));
                }
            }
            UseTree::Name(name) => {
                self.names
                    .insert(text(&name.ident), Binding::Path(below(&name.ident)));
            }
            UseTree::Rename(rename) => {
                let target = if rename.ident == "self" {
                    prefix.to_vec()
                } else {
                    below(&rename.ident)
                };
                self.names.insert(text(&rename.rename), Binding::Path(target));
            }
            UseTree::Glob(_) => self.globs.push(prefix.to_vec()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import_tree(tree, prefix);
                }
            }
        }
    }
}

/// Returns the names of a path's segments, without `r#` and without generic arguments.
pub(super) fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| text(&segment.ident)).collect()
}

/// Returns a name without `r#`.
pub(super) fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}
