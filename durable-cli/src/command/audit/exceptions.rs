//! The attributes that switch a check off.

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue};

use super::Entry;
use crate::sources::{SourceFile, Sources};

#[derive(Debug, Default)]
pub(super) struct Exceptions {
    pub(super) allowed: Vec<Entry>,
    pub(super) opaque: Vec<Entry>,
}

/// Finds every exception in the files of the package.
pub(super) fn of(sources: &Sources) -> Exceptions {
    let mut found = Exceptions::default();
    for file in sources.own_files() {
        let mut finder = Finder {
            file,
            field: None,
            found: &mut found,
        };
        finder.visit_file(&file.ast);
    }
    found
}

struct Finder<'a> {
    file: &'a SourceFile,
    /// The field under visit.
    field: Option<String>,
    found: &'a mut Exceptions,
}

impl Finder<'_> {
    fn entry(&self, attr: &Attribute, what: &str, note: String) -> Entry {
        Entry {
            file: self.file.shown.clone(),
            line: self.file.line_column(self.file.range(attr).start).0,
            what: what.to_owned(),
            note,
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        let last = attr.path().segments.last();
        if last.is_some_and(|segment| segment.ident == "allow_nondeterminism") {
            let reason = reason(attr).unwrap_or_else(|| "(no reason)".to_owned());
            let entry = self.entry(attr, "allow_nondeterminism", reason);
            self.found.allowed.push(entry);
        } else if attr.path().is_ident("durable") && is_opaque(attr) {
            let field = self.field.clone().unwrap_or_default();
            let entry = self.entry(attr, "opaque", field);
            self.found.opaque.push(entry);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| self.file.slice(&field.ty).to_owned(), ToString::to_string);
        self.field = Some(name);
        visit::visit_field(self, field);
        self.field = None;
    }
}

fn reason(attr: &Attribute) -> Option<String> {
    let pair: MetaNameValue = attr.parse_args().ok()?;
    match pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) if pair.path.is_ident("reason") => Some(text.value()),
        _ => None,
    }
}

fn is_opaque(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else {
        return false;
    };
    let mut names = list.tokens.clone().into_iter();
    names.any(|token| token.to_string() == "opaque")
}
