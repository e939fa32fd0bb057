//! Nondeterministic orchestrators. The markers `//~ D0001` say what must be reported on their line; nothing else may be
//! reported anywhere. `ui-tests/tests/corpus.rs` compares.
//!
//! The layers are features, since one kind of error keeps the compiler from getting to the next.

#![forbid(unsafe_code)]
#![allow(dead_code, reason = "what is reported is not registered")]
#![allow(while_true, reason = "what rustc says of its style is not at issue")]

#[cfg(feature = "check")]
mod check;
#[cfg(feature = "lint")]
mod lint;
#[cfg(feature = "missed")]
mod missed;
#[cfg(feature = "run")]
mod run;
#[cfg(feature = "warn")]
mod warn;
