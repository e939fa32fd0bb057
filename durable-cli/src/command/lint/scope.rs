//! The functions that must replay: where a finding counts.
//!
//! The macros switch the lints on for those functions. A crate that denies all of clippy switches them on everywhere,
//! so what is found is looked up here as well.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticSpan};
use syn::Attribute;
use syn::visit::{self, Visit};

use crate::project::Project;
use crate::sources::{FunctionKind, SourceFile, Sources};

#[derive(Debug)]
pub(super) struct Scope {
    /// The bytes of the bodies, by file. What the attributes write beside a body says nothing about it.
    functions: BTreeMap<PathBuf, Vec<Range<usize>>>,
}

impl Scope {
    pub(super) fn of(sources: &Sources) -> Self {
        let mut functions: BTreeMap<PathBuf, Vec<Range<usize>>> = BTreeMap::new();
        for file in &sources.files {
            let mut found = Marked {
                file,
                ranges: Vec::new(),
            };
            found.visit_file(&file.ast);
            functions.insert(file.path.clone(), found.ranges);
        }
        for function in sources
            .functions
            .iter()
            .filter(|function| function.kind == FunctionKind::Orchestrator)
        {
            let file = sources.file_of(function);
            let ranges = functions.entry(file.path.clone()).or_default();
            ranges.push(file.range(&function.item.block));
        }
        Self { functions }
    }

    /// Returns whether a finding is in one of the functions, or in a macro that one of them uses.
    pub(super) fn covers(&self, message: &Diagnostic, project: &Project) -> bool {
        let mut primary = message.spans.iter().filter(|span| span.is_primary);
        primary.any(|span| !is_generated(span) && self.covers_span(span, project))
    }

    fn covers_span(&self, span: &DiagnosticSpan, project: &Project) -> bool {
        let path = project.root().join(&span.file_name);
        let path = path.canonicalize().unwrap_or(path);
        let here = match self.functions.get(Path::new(&path)) {
            Some(ranges) => ranges
                .iter()
                .any(|range| range.contains(&(span.byte_start as usize))),
            // A file that was not read, such as one that `include!` brings: clippy knows best. A macro of another
            // crate is judged by where it is used.
            None => span.expansion.is_none(),
        };
        here || span
            .expansion
            .as_ref()
            .is_some_and(|expansion| self.covers_span(&expansion.span, project))
    }
}

/// Returns whether a span is in what a macro of `durable` itself unfolds to, such as the note of where a function stands.
fn is_generated(span: &DiagnosticSpan) -> bool {
    span.expansion.as_ref().is_some_and(|expansion| {
        expansion.macro_decl_name.contains("::__private::") || is_generated(&expansion.span)
    })
}

struct Marked<'a> {
    file: &'a SourceFile,
    ranges: Vec<Range<usize>>,
}

fn is_marked(attrs: &[Attribute]) -> bool {
    let last = |attr: &Attribute| {
        attr.path()
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
    };
    attrs
        .iter()
        .filter_map(last)
        .any(|name| name == "orchestrator" || name == "deterministic")
}

impl<'ast> Visit<'ast> for Marked<'_> {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if is_marked(&item.attrs) {
            self.ranges.push(self.file.range(item));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if is_marked(&item.attrs) {
            self.ranges.push(self.file.range(item));
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if is_marked(&item.attrs) {
            self.ranges.push(self.file.range(item));
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_marked(&item.attrs) {
            self.ranges.push(self.file.range(&item.block));
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_marked(&item.attrs) {
            self.ranges.push(self.file.range(&item.block));
        }
        visit::visit_impl_item_fn(self, item);
    }
}
