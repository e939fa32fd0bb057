//! The names that hold at a place.

use std::collections::{HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Block, Item, ItemUse, Stmt, UseTree};

use super::super::cfg;
use super::super::source::Source;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A local variable; a label, if the name begins with `'`.
    Local(u32),
    /// An item of the body's own.
    Item,
    /// What the body imports.
    Import,
}

/// The scopes around a place, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<Scope>);

#[derive(Debug, Default)]
struct Scope {
    /// Whether it is a function's or item's, which sees no variables of those around it.
    is_item: bool,
    entries: HashMap<String, Entry>,
    /// What a macro was given that may bind it.
    doubtful: HashSet<String>,
    /// The imports, as written.
    imports: Vec<TokenStream>,
    /// Whether something is imported whose names are not written.
    has_glob: bool,
    /// Whether names come from the body's own modules.
    has_inner_glob: bool,
}

impl Names {
    pub(super) fn enter(&mut self, is_item: bool) {
        self.0.push(Scope {
            is_item,
            ..Scope::default()
        });
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    pub(super) fn add(&mut self, name: String, entry: Entry) {
        if let Some(scope) = self.0.last_mut() {
            scope.entries.insert(name, entry);
        }
    }

    /// Notes that a macro may have bound a name.
    pub(super) fn doubt(&mut self, name: String) {
        if let Some(scope) = self.0.last_mut() {
            scope.doubtful.insert(name);
        }
    }

    /// Returns the local variable of a name.
    pub(super) fn local(&self, name: &str) -> Option<u32> {
        for scope in self.0.iter().rev() {
            match scope.entries.get(name) {
                Some(Entry::Local(local)) => return Some(*local),
                Some(Entry::Item | Entry::Import) => return None,
                None if scope.is_item => return None,
                None => {}
            }
        }
        None
    }

    /// Returns whether a path that begins with `name` means the same outside the body, given its imports.
    pub(super) fn is_outer(&self, name: &str) -> bool {
        let mut sees_locals = true;
        for scope in self.0.iter().rev() {
            if scope.has_inner_glob || scope.doubtful.contains(name) {
                return false;
            }
            match scope.entries.get(name) {
                Some(Entry::Import) => return true,
                Some(Entry::Item) => return false,
                Some(Entry::Local(_)) if sees_locals => return false,
                Some(Entry::Local(_)) | None => {}
            }
            sees_locals &= !scope.is_item;
        }
        true
    }

    /// Returns the imports that a path beginning with `name` may need, as nested statements.
    pub(super) fn imports_for(&self, name: &str) -> TokenStream {
        let imports = |scope: &Scope| scope.entries.get(name) == Some(&Entry::Import);
        if !self.0.iter().any(|scope| scope.has_glob || imports(scope)) {
            return TokenStream::new();
        }
        self.0.iter().flat_map(|scope| &scope.imports).cloned().collect()
    }

    /// Returns whether the body imports something under this name.
    pub(super) fn imports_name(&self, name: &str) -> bool {
        let imports = |scope: &Scope| scope.entries.get(name) == Some(&Entry::Import);
        self.0.iter().any(imports)
    }

    /// Adds the items of a block, which hold in all of it.
    pub(super) fn add_items(&mut self, source: &Source, block: &Block) {
        let items = block.stmts.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => Some(item),
            Stmt::Local(_) | Stmt::Expr(..) | Stmt::Macro(_) => None,
        });
        let (uses, others): (Vec<&Item>, Vec<&Item>) = items.partition(|item| matches!(item, Item::Use(_)));
        for name in others.into_iter().filter_map(|item| item_name(source, item)) {
            self.add(name, Entry::Item);
        }
        for item in uses {
            if let Item::Use(import) = item {
                self.add_import(source, import);
            }
        }
    }

    fn add_import(&mut self, source: &Source, import: &ItemUse) {
        let mut names = Vec::new();
        let mut has_glob = false;
        let mut first = Vec::new();
        if let Some(name) = head(source, &import.tree) {
            first.push(name);
        }
        imported(source, &import.tree, &mut names, &mut has_glob);
        let conditional = import
            .attrs
            .iter()
            .any(|attribute| cfg::decides(source, attribute));
        let own = first.iter().any(|name| !self.is_outer(name));
        let entry = if own || conditional {
            Entry::Item
        } else {
            Entry::Import
        };
        let renamed = self.0.iter().any(|scope| {
            names
                .iter()
                .any(|name| scope.entries.get(name) == Some(&Entry::Import))
        });
        let Some(scope) = self.0.last_mut() else { return };
        match entry {
            Entry::Item => scope.has_inner_glob |= has_glob,
            Entry::Import | Entry::Local(_) => {
                scope.has_glob |= has_glob;
                let written = source.restore(import.to_token_stream());
                // Two imports of one name hold in different blocks; flat, they would clash.
                if renamed {
                    scope.has_inner_glob = true;
                } else {
                    scope.imports.push(quote!(#[allow(unused_imports)] #written));
                }
            }
        }
        for name in names {
            scope.entries.insert(name, entry);
        }
    }
}

fn item_name(source: &Source, item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    source.name(ident).map(|(_, name)| name.to_owned())
}

/// Returns the name that an import begins with.
fn head(source: &Source, tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => source.name(&path.ident).map(|(_, name)| name.to_owned()),
        _ => None,
    }
}

fn imported(source: &Source, tree: &UseTree, names: &mut Vec<String>, has_glob: &mut bool) {
    let name = |ident| source.name(ident).map(|(_, name)| name.to_owned());
    match tree {
        UseTree::Path(path) => imported(source, &path.tree, names, has_glob),
        UseTree::Name(one) => names.extend(name(&one.ident)),
        UseTree::Rename(one) => names.extend(name(&one.rename)),
        UseTree::Group(group) => {
            for tree in &group.items {
                imported(source, tree, names, has_glob);
            }
        }
        UseTree::Glob(_) => *has_glob = true,
    }
}
