//! What a call can end with besides its value.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::details::{HEARTBEAT_TEXT, HEARTBEAT_TIMEOUT};
use super::{FailureDetails, FailureOrigin, error_kind};
use crate::function::RecordableError;

const TIMEOUT_TEXT: &str = "the call ran out of time";
const CANCELLED_TEXT: &str = "the call was cancelled";
const TERMINATED_TEXT: &str = "the called instance was terminated";

/// Why a call of an activity or sub-orchestration did not return a value.
///
/// ```
/// # use durable_core::CallError;
/// # #[derive(Debug)]
/// # enum ChargeError { Declined, Busy }
/// fn advice(error: CallError<ChargeError>) -> &'static str {
///     match error {
///         CallError::App(ChargeError::Declined) => "use another card",
///         CallError::App(ChargeError::Busy) | CallError::Timeout | CallError::HeartbeatTimeout => "try later",
///         CallError::Cancelled | CallError::Terminated => "it was stopped",
///         CallError::Payload(_) | CallError::Failed(_) => "call us",
///     }
/// }
/// assert_eq!(advice(CallError::Timeout), "try later");
/// ```
///
/// In an error type of your own, `#[from] CallError<ChargeError>` lets `?` take it; `Failure` takes every one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallError<E> {
    /// The function returned its own error.
    App(E),
    /// The call ran out of time.
    Timeout,
    /// The activity gave no sign of life for longer than its heartbeat limit.
    HeartbeatTimeout,
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
            Self::Timeout
            | Self::HeartbeatTimeout
            | Self::Cancelled
            | Self::Terminated
            | Self::Payload(_)
            | Self::Failed(_) => None,
        }
    }
}

impl<E> CallError<E> {
    /// Returns what is persisted of the failure, or the function's own error.
    fn details(&self) -> Result<&FailureDetails, &E> {
        static TIMEOUT: LazyLock<FailureDetails> =
            LazyLock::new(|| FailureDetails::new(FailureOrigin::Timeout, "Timeout", TIMEOUT_TEXT));
        static LOST: LazyLock<FailureDetails> = LazyLock::new(FailureDetails::heartbeat_timeout);
        static CANCELLED: LazyLock<FailureDetails> =
            LazyLock::new(|| FailureDetails::new(FailureOrigin::Cancelled, "Cancelled", CANCELLED_TEXT));
        static TERMINATED: LazyLock<FailureDetails> =
            LazyLock::new(|| FailureDetails::new(FailureOrigin::Terminated, "Terminated", TERMINATED_TEXT));
        match self {
            Self::App(error) => Err(error),
            Self::Timeout => Ok(&TIMEOUT),
            Self::HeartbeatTimeout => Ok(&LOST),
            Self::Cancelled => Ok(&CANCELLED),
            Self::Terminated => Ok(&TERMINATED),
            Self::Payload(details) | Self::Failed(details) => Ok(details),
        }
    }
}

impl<E: RecordableError> CallError<E> {
    /// Makes a [`Failure`](super::Failure) that keeps everything: of the function's own error also its variant.
    ///
    /// `?` makes one too, but it knows no more of the error than its type: its kind is `ChargeError`, and not
    /// `ChargeError::Declined`. That makes a difference to whoever reads the kind, as `non_retriable(..)` does.
    ///
    /// ```
    /// # use durable_core::{CallError, Failure};
    /// # #[derive(Debug, thiserror::Error, serde::Serialize, serde::Deserialize)]
    /// # enum ChargeError { #[error("declined")] Declined }
    /// fn failed(error: CallError<ChargeError>) -> Result<(), Failure> {
    ///     Err(error).map_err(CallError::into_failure)?
    /// }
    /// let failure = failed(CallError::App(ChargeError::Declined)).unwrap_err();
    /// assert_eq!(failure.details().kind, "ChargeError::Declined");
    /// ```
    pub fn into_failure(self) -> super::Failure {
        let details = match self.details() {
            Ok(details) => details.clone(),
            Err(error) => FailureDetails::of_error(error),
        };
        super::Failure::from_details(details)
    }

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
            FailureOrigin::Timeout if details.kind == HEARTBEAT_TIMEOUT => Self::HeartbeatTimeout,
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
            Self::Timeout => f.write_str(TIMEOUT_TEXT),
            Self::HeartbeatTimeout => f.write_str(HEARTBEAT_TEXT),
            Self::Cancelled => f.write_str(CANCELLED_TEXT),
            Self::Terminated => f.write_str(TERMINATED_TEXT),
            Self::Payload(details) | Self::Failed(details) => details.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {
    /// Returns what is persisted of the failure, unless it is the function's own error.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.details().ok().map(|details| details as _)
    }
}

impl FailureDetails {
    /// Makes the persisted form of a function's own error.
    pub(crate) fn of_error<E: RecordableError>(error: &E) -> Self {
        // A `Failure` is the persisted form already; wrapping it would hide its kind and causes.
        if let Some(failure) = (error as &dyn std::any::Any).downcast_ref::<super::Failure>() {
            let mut details = failure.details().clone();
            // Whatever it wraps, the function returned it: a caller must not take it for the end of its own call.
            details.origin = FailureOrigin::Application;
            details.json = serde_json::to_string(error).ok();
            return details;
        }
        let mut details = Self::new(FailureOrigin::Application, error_kind(error), error.to_string());
        match serde_json::to_string(error) {
            Ok(json) => details.json = Some(json),
            Err(cause) => {
                let note = format!(" (its typed form could not be encoded: {cause})");
                details.message.push_str(&note);
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
