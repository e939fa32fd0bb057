//! A module: what it declares, and where its child modules' files are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::function::FunctionId;
use super::import::Import;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) usize);

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) krate: usize,
    pub(crate) parent: Option<ModuleId>,
    /// The file that its text is in.
    pub(crate) file: usize,
    /// Where the files of its child modules are.
    pub(crate) dir: PathBuf,
    /// The items, as the syntax tree has them.
    pub(crate) items: Vec<syn::Item>,
    /// The bytes of its text within the file; all of it, unless the module is written inline.
    pub(crate) text: Range<usize>,
    pub(crate) children: BTreeMap<String, ModuleId>,
    pub(crate) imports: Vec<Import>,
    /// Its plain functions, and whether each is `#[deterministic]`.
    pub(crate) plain: BTreeMap<String, Item>,
    pub(crate) functions: Vec<FunctionId>,
}

/// A function that is not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) deterministic: bool,
}
