//! The error type for those who want none of their own.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{CallError, FailureDetails, FailureOrigin};

/// An error of any kind, as a durable function may return it.
///
/// Every `std::error::Error` converts into it, so `?` works throughout; the error's kind, text and causes are kept. The
/// kind is then the error's type. Of a call's own typed error [`CallError::into_failure`] keeps the variant too:
/// `ChargeError::Declined`, which `?` cannot see.
///
/// ```
/// use durable_core::Failure;
/// fn parse(text: &str) -> Result<u32, Failure> {
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert!(Failure::new("card expired").non_retriable().details().non_retriable);
/// ```
///
/// It is itself no `std::error::Error`, or that conversion could not be. It derefs to one, so `thiserror` takes it for a
/// source, and `?` makes a `Box<dyn Error>` of it:
///
/// ```
/// # use durable_core::{CallError, Failure};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize)]
/// enum OrderError {
///     #[error("sold out")]
///     SoldOut,
///     #[error(transparent)]
///     Call(#[from] CallError<Failure>),
///     #[error(transparent)]
///     Other(#[from] Failure),
/// }
/// assert_eq!(OrderError::from(Failure::new("no ink")).to_string(), "no ink");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(Box<Told>);

/// What is persisted of it, as an error that shows no more than its text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Told(FailureDetails);

impl Failure {
    /// Makes a failure from a text.
    pub fn new(message: impl Into<String>) -> Self {
        Self::of_kind("Failure", message)
    }

    /// Makes a failure of a kind of your own, which retry policies can name.
    pub fn of_kind(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from_details(FailureDetails::new(FailureOrigin::Application, kind, message))
    }

    /// Marks the failure as one that no retry can help.
    #[must_use]
    pub fn non_retriable(mut self) -> Self {
        self.0.0.non_retriable = true;
        self
    }

    pub(super) fn from_details(details: FailureDetails) -> Self {
        Self(Box::new(Told(details)))
    }

    /// Returns what is persisted of it.
    pub fn details(&self) -> &FailureDetails {
        &self.0.0
    }
}

// `Failure` does not implement `std::error::Error`: this conversion would then overlap with `From<T> for T`. It is used as
// one through `Deref`, which is where `thiserror` looks for the source of `#[from]` and `#[error(transparent)]`.
impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let shown: &(dyn std::error::Error + 'static) = &error;
        if let Some(details) = shown.downcast_ref::<FailureDetails>() {
            return Self::from_details(details.clone());
        }
        if let Some(CallError::App(failure)) = shown.downcast_ref::<CallError<Self>>() {
            return failure.clone();
        }
        // What a call ended with is the caller's failure, not its cause: kind, causes and verdict on retries go along.
        let called = type_name_of_called::<E>();
        if let (Some(_), Some(details)) = (
            called,
            shown.source().and_then(|s| s.downcast_ref::<FailureDetails>()),
        ) {
            return Self::from_details(details.clone());
        }
        let kind = last_segment(called.unwrap_or_else(std::any::type_name::<E>));
        let details = FailureDetails::new(FailureOrigin::Application, kind, error.to_string());
        Self::from_details(details.with_sources_of(&error))
    }
}

impl Deref for Failure {
    type Target = dyn std::error::Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl From<Failure> for Box<dyn std::error::Error + Send + Sync> {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl From<Failure> for Box<dyn std::error::Error> {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

/// Returns the path of `T` if `E` is a `CallError<T>`.
fn type_name_of_called<E>() -> Option<&'static str> {
    let path = std::any::type_name::<E>();
    // Every `CallError` has the path of this one up to its parameter.
    let (head, _) = std::any::type_name::<CallError<()>>().split_once('<')?;
    path.strip_prefix(head)?.strip_prefix('<')?.strip_suffix('>')
}

/// Returns a type's own name, without its path and parameters.
fn last_segment(path: &'static str) -> &'static str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Told {
    /// Writes the text and the causes: this is what a program shows whose `main` returns the failure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for cause in &self.0.causes {
            // Many errors repeat their source's text in their own.
            if !self.0.message.contains(&cause.message) {
                write!(f, "\n  caused by: {}", cause.message)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Told {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("declined")]
    struct Declined;

    #[test]
    fn what_a_call_ended_with_keeps_its_kind_and_its_verdict() {
        let inner = Failure::of_kind("Outage", "bank is down").non_retriable();
        assert_eq!(Failure::from(CallError::App(inner.clone())), inner);
        let panic = FailureDetails::new(FailureOrigin::Panic, "Panic", "kaboom");
        assert_eq!(
            Failure::from(CallError::<Failure>::Failed(panic.clone())).details(),
            &panic
        );
        assert_eq!(
            Failure::from(CallError::<Failure>::Timeout).details().origin,
            FailureOrigin::Timeout
        );
    }

    #[test]
    fn a_typed_error_of_a_call_is_named_by_its_own_type() {
        assert_eq!(Failure::from(Declined).details().kind, "Declined");
        let called: CallError<std::num::ParseIntError> = CallError::App("x".parse::<u8>().unwrap_err());
        assert_eq!(Failure::from(called).details().kind, "ParseIntError");
    }

    #[test]
    fn it_is_the_source_of_an_error_of_one_s_own() {
        #[derive(Debug, thiserror::Error)]
        enum OrderError {
            #[error(transparent)]
            Same(#[from] Failure),
            #[error("the printer failed")]
            Around(#[source] Failure),
        }
        let ink = || Failure::of_kind("Ink", "no ink");
        let same: &dyn std::error::Error = &OrderError::from(ink());
        assert_eq!(
            (same.to_string().as_str(), same.source().is_none()),
            ("no ink", true)
        );
        let around: &dyn std::error::Error = &OrderError::Around(ink());
        assert_eq!(
            around.source().map(ToString::to_string).as_deref(),
            Some("no ink")
        );
        let boxed: Box<dyn std::error::Error + Send + Sync> = ink().into();
        assert_eq!(
            (boxed.to_string(), format!("{boxed:?}")),
            ("no ink".into(), "no ink".into())
        );
    }

    #[derive(Debug, thiserror::Error, Serialize, Deserialize)]
    enum ChargeError {
        #[error("declined with code {code}")]
        Declined { code: u32 },
    }

    #[test]
    fn the_variant_of_a_call_s_own_error_is_kept_if_the_call_makes_the_failure() {
        let called = || CallError::App(ChargeError::Declined { code: 7 });
        assert_eq!(Failure::from(called()).details().kind, "ChargeError");
        let failure = called().into_failure();
        assert_eq!(failure.details().kind, "ChargeError::Declined");
        assert!(failure.details().is_kind("Declined"));
        let json = failure.details().json.as_deref();
        assert_eq!(json, Some(r#"{"Declined":{"code":7}}"#));
        for ended in [
            CallError::Timeout,
            CallError::HeartbeatTimeout,
            CallError::Cancelled,
        ] {
            let by_conversion = Failure::from(CallError::<Failure>::clone(&ended));
            assert_eq!(ended.into_failure(), by_conversion);
        }
    }
}
