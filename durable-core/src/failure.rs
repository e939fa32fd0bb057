//! Failures: the form in which errors are persisted, and the error type for those who want none of their own.

mod call;
mod details;
mod kind;
mod untyped;

pub use call::CallError;
pub use details::{Cause, FAILURE_CAUSES_MAX, FAILURE_TEXT_MAX, FailureDetails, FailureOrigin};
pub use kind::error_kind;
pub use untyped::Failure;
