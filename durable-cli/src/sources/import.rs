//! `use` declarations, one name at a time.

use std::ops::Range;

use syn::{ItemUse, UseTree, Visibility};

use super::file::SourceFile;

/// One name that a `use` brings.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    /// The name that it has here; none for `*`.
    pub(crate) alias: Option<String>,
    /// What it stands for, as it is written; without the `*`.
    pub(crate) path: Vec<String>,
    /// Whether the path starts with `::`.
    pub(crate) absolute: bool,
    pub(crate) public: bool,
    /// The bytes of the name, with its rename.
    pub(crate) leaf: Range<usize>,
    /// Whether the leaf stands in braces.
    pub(crate) grouped: bool,
    /// The bytes of the whole declaration.
    pub(crate) item: Range<usize>,
    /// How many names the whole declaration brings.
    pub(crate) siblings: usize,
}

/// Returns the names that a `use` brings.
pub(crate) fn leaves(item: &ItemUse, file: &SourceFile) -> Vec<Import> {
    let mut found = Vec::new();
    let template = Import {
        alias: None,
        path: Vec::new(),
        absolute: item.leading_colon.is_some(),
        public: !matches!(item.vis, Visibility::Inherited),
        leaf: 0..0,
        grouped: false,
        item: file.range(item),
        siblings: 0,
    };
    collect(&item.tree, &template, file, &mut found);
    let siblings = found.len();
    for import in &mut found {
        import.siblings = siblings;
    }
    found
}

fn collect(tree: &UseTree, before: &Import, file: &SourceFile, found: &mut Vec<Import>) {
    let mut next = before.clone();
    next.leaf = file.range(tree);
    match tree {
        UseTree::Path(path) => {
            next.path.push(plain(&path.ident));
            next.grouped = false;
            collect(&path.tree, &next, file, found);
        }
        UseTree::Name(name) => {
            let ident = plain(&name.ident);
            if ident == "self" {
                next.alias = next.path.last().cloned();
            } else {
                next.alias = Some(ident.clone());
                next.path.push(ident);
            }
            found.push(next);
        }
        UseTree::Rename(rename) => {
            next.alias = Some(plain(&rename.rename));
            let ident = plain(&rename.ident);
            if ident != "self" {
                next.path.push(ident);
            }
            found.push(next);
        }
        UseTree::Glob(_) => found.push(next),
        UseTree::Group(group) => {
            next.grouped = true;
            for tree in &group.items {
                collect(tree, &next, file, found);
            }
        }
    }
}

/// Returns a name without `r#`.
pub(super) fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
