//! What the macros read and rewrite in the body of a function.

mod rewrite;
mod states;

pub(crate) use rewrite::{Continuation, Subject};
pub(crate) use states::states;

use syn::Block;

use crate::errors::Errors;

/// Checks the body of an orchestrator or of a deterministic function, and lets the compiler check what only types tell.
///
/// After an error the body is of no use: it would be reported again in the compiler's words.
pub(crate) fn check_and_rewrite(block: &mut Block, subject: &Subject<'_>, errors: &mut Errors) {
    rewrite::rewrite(block, subject, errors);
}
