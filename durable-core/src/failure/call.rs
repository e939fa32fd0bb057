//! What a call can end with besides its value.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FailureDetails, FailureOrigin, error_kind};
use crate::function::RecordableError;

/// Why a call of an activity or sub-orchestration did not return a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallError<E> {
    /// The function returned its own error.
    App(E),
    /// The call ran out of time.
    Timeout,
    /// The call was cancelled.
    Cancelled,
    /// The called instance was terminated.
    Terminated,
    /// An input, output or error could not be encoded or decoded.
    Payload(FailureDetails),
    /// It failed in another way: it panicked, or the system could not carry it out.
    Failed(FailureDetails),
}

impl<E> CallError<E> {
    /// Returns the function's own error, if that is what it is.
    pub fn app(&self) -> Option<&E> {
        match self {
            Self::App(error) => Some(error),
            Self::Timeout | Self::Cancelled | Self::Terminated | Self::Payload(_) | Self::Failed(_) => None,
        }
    }
}

impl<E: RecordableError> CallError<E> {
    /// Reads the error back from what was persisted.
    pub(crate) fn from_details(details: FailureDetails) -> Self {
        match details.origin {
            FailureOrigin::Application => match details.json.as_deref().map(serde_json::from_str) {
                Some(Ok(error)) => Self::App(error),
                Some(Err(error)) => {
                    let ty = std::any::type_name::<E>();
                    let message =
                        format!("cannot decode the recorded error as `{ty}`: {error}; it was: {details}");
                    Self::Payload(FailureDetails::new(FailureOrigin::Payload, "Payload", message))
                }
                None => Self::Failed(details),
            },
            FailureOrigin::Timeout => Self::Timeout,
            FailureOrigin::Cancelled => Self::Cancelled,
            FailureOrigin::Terminated => Self::Terminated,
            FailureOrigin::Payload => Self::Payload(details),
            FailureOrigin::Panic
            | FailureOrigin::VersionMismatch
            | FailureOrigin::AlreadyExists
            | FailureOrigin::Infrastructure => Self::Failed(details),
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Timeout => f.write_str("the call ran out of time"),
            Self::Cancelled => f.write_str("the call was cancelled"),
            Self::Terminated => f.write_str("the called instance was terminated"),
            Self::Payload(details) | Self::Failed(details) => details.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {}

impl FailureDetails {
    /// Makes the persisted form of a function's own error.
    pub(crate) fn of_error<E: RecordableError>(error: &E) -> Self {
        // A `Failure` is the persisted form already; wrapping it would hide its kind and causes.
        if let Some(failure) = (error as &dyn std::any::Any).downcast_ref::<super::Failure>() {
            let mut details = failure.details().clone();
            // However it arose, it is what the function returned: only then does the caller get it back typed.
            details.origin = FailureOrigin::Application;
            details.json = serde_json::to_string(error).ok();
            return details;
        }
        let mut details = Self::new(FailureOrigin::Application, error_kind(error), error.to_string());
        match serde_json::to_string(error) {
            Ok(json) => details.json = Some(json),
            Err(cause) => {
                details.message = format!(
                    "{} (its typed form could not be encoded: {cause})",
                    details.message
                )
            }
        }
        details
    }

    /// Makes the details of a payload that could not be encoded or decoded.
    pub(crate) fn of_payload(field: &str, function: &str, error: &dyn std::error::Error) -> Self {
        Self::of_value(format_args!("the {field} of `{function}`"), error)
    }

    /// Makes the details of a value that could not be encoded or decoded.
    pub(crate) fn of_value(what: fmt::Arguments<'_>, error: &dyn std::error::Error) -> Self {
        Self::new(FailureOrigin::Payload, "Payload", format!("{what}: {error}")).non_retriable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;

    #[derive(Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
    enum ChargeError {
        #[error("declined with code {code}")]
        Declined { code: u32 },
    }

    #[test]
    fn a_typed_error_comes_back_typed() {
        let details = FailureDetails::of_error(&ChargeError::Declined { code: 7 });
        assert_eq!(details.to_string(), "ChargeError::Declined: declined with code 7");
        let back = CallError::<ChargeError>::from_details(details);
        assert_eq!(back, CallError::App(ChargeError::Declined { code: 7 }));
    }

    #[test]
    fn an_error_of_another_type_is_told_with_its_text() {
        let details = FailureDetails::of_error(&"oops".to_owned());
        let back = CallError::<ChargeError>::from_details(details);
        assert!(
            matches!(&back, CallError::Payload(d) if d.message.contains("it was: String: oops")),
            "{back}"
        );
    }

    #[test]
    fn a_failure_that_a_function_passes_on_is_its_own_error_whatever_it_was_before() {
        let panic = FailureDetails::new(FailureOrigin::Panic, "Panic", "tripped");
        let passed_on = FailureDetails::of_error(&Failure::from(panic));
        assert_eq!(passed_on.origin, FailureOrigin::Application);
        let back = CallError::<Failure>::from_details(passed_on);
        assert_eq!(
            back.app().map(|failure| failure.details().origin),
            Some(FailureOrigin::Panic)
        );
    }

    #[test]
    fn a_failure_keeps_kind_and_causes() {
        let failure = Failure::of_kind("Outage", "bank is down").non_retriable();
        let details = FailureDetails::of_error(&failure);
        assert!(details.is_kind("Outage") && details.non_retriable);
        let back = CallError::<Failure>::from_details(details);
        assert_eq!(
            back.app().map(|f| f.details().kind.clone()),
            Some("Outage".to_owned())
        );
    }
}
