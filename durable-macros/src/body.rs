//! What the macros read and rewrite in the body of a function.

mod rewrite;
mod states;

pub(crate) use rewrite::rewrite;
pub(crate) use states::states;
