//! What the macros read and rewrite in the body of a function.

mod rewrite;
mod states;

pub(crate) use rewrite::{Continuation, Subject};
pub(crate) use states::{STATE, states};

use syn::Block;

use crate::errors::Errors;
use crate::lint;

/// Checks the body of an orchestrator or of a deterministic function, and lets the compiler check what only types tell.
///
/// Returns whether the body is of use: what the lints find is said and leaves it whole, so that its types are checked
/// in the same run; what the rewriting refuses would be reported again in the compiler's words.
pub(crate) fn check_and_rewrite(block: &mut Block, subject: &Subject<'_>, errors: &mut Errors) -> bool {
    lint::check(block, subject.lint_place(), errors);
    let mut refused = Errors::new();
    rewrite::rewrite(block, subject, &mut refused);
    let usable = refused.is_empty();
    errors.append(refused);
    usable
}
