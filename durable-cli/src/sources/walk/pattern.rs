//! The names that a pattern binds.

use syn::Pat;
use syn::visit::{self, Visit};

use crate::sources::import::plain;

/// Returns the names that a pattern binds. A constant in it is taken for a name, unless it looks like one.
pub(super) fn names(pat: &Pat) -> Vec<String> {
    let mut found = Names(Vec::new());
    found.visit_pat(pat);
    found.0
}

struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        let name = plain(&pat.ident);
        if !name.starts_with(char::is_uppercase) {
            self.0.push(name);
        }
        visit::visit_pat_ident(self, pat);
    }

    /// Names in expressions are not bound.
    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}
