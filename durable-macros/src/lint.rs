//! What a deterministic function may not contain, as far as its own text shows.
//!
//! The first of several layers: it reads names, so it works at once and in every editor, and it cannot see through
//! helpers, imports of the module, or methods. What it is unsure of is a warning.

mod allow;
mod crates;
mod format;
mod imports;
mod linter;
mod loops;
mod macros;
mod mark;
mod paths;
mod table;
mod tokens;
mod visitor;
mod warning;

#[cfg(test)]
mod tests;

pub(crate) use allow::clippy_denied;
pub(crate) use mark::{take_allowed, take_mark};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Block;
use syn::visit_mut::VisitMut;

use self::linter::Linter;
use crate::errors::Errors;
use crate::message::{self, Topic};

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// With its article: "an orchestrator".
    pub(crate) what: &'static str,
    /// Whether what cannot be checked is refused.
    pub(crate) strict: bool,
}

/// Checks a body. Errors go to `errors`, warnings into the body, and `#[allow_nondeterminism]` is taken off.
///
/// Two things are left for whoever rewrites the body: an `.await` of an expression with an error in it is marked, see
/// [`take_mark`], and so is what `#[allow_nondeterminism]` stood on, see [`take_allowed`].
pub(crate) fn check(block: &mut Block, place: Place, errors: &mut Errors) {
    let mut linter = Linter::new(place, errors);
    linter.visit_block_mut(block);
    let warnings = linter.into_warnings();
    let stmts = warnings.into_iter().flat_map(warning::Warning::into_stmts);
    block.stmts.splice(0..0, stmts);
}

/// Expands `#[allow_nondeterminism]` where no macro took it off: it is in the wrong place.
pub(crate) fn misplaced_allow(item: &TokenStream) -> TokenStream {
    let error = syn::Error::new(Span::call_site(), message::allow_misplaced()).into_compile_error();
    quote!(#error #item)
}
