//! Whether a piece of code stands under `#[cfg]`.

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Stmt};

use super::source::Source;

/// Returns whether an attribute decides what is compiled.
pub(super) fn decides(source: &Source, attribute: &Attribute) -> bool {
    let ident = attribute.path().get_ident();
    let name = ident.and_then(|ident| source.name(ident));
    name.is_some_and(|(_, name)| name == "cfg" || name == "cfg_attr")
}

/// Returns whether a statement's attribute may stand on a part of it: that of `a += b` stands on `a`.
pub(super) fn hides_in(source: &Source, statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::Assign(_) | Expr::Binary(_) | Expr::Cast(_), _) = statement else {
        return false;
    };
    let mut finder = Finder { source, found: false };
    visit::visit_stmt(&mut finder, statement);
    finder.found
}

struct Finder<'a> {
    source: &'a Source,
    found: bool,
}

impl Visit<'_> for Finder<'_> {
    fn visit_attribute(&mut self, attribute: &Attribute) {
        self.found |= decides(self.source, attribute);
    }
}
