//! The error type for those who want none of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FailureDetails, FailureOrigin};

/// An error of any kind, as a durable function may return it.
///
/// Every `std::error::Error` converts into it, so `?` works throughout; the error's kind, text and causes are kept.
///
/// ```
/// use durable_core::Failure;
/// fn parse(text: &str) -> Result<u32, Failure> {
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert!(Failure::new("card expired").non_retriable().details().non_retriable);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(Box<FailureDetails>);

impl Failure {
    /// Makes a failure from a text.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(FailureDetails::new(
            FailureOrigin::Application,
            "Failure",
            message,
        )))
    }

    /// Makes a failure of a kind of your own, which retry policies can name.
    pub fn of_kind(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(FailureDetails::new(
            FailureOrigin::Application,
            kind,
            message,
        )))
    }

    /// Marks the failure as one that no retry can help.
    #[must_use]
    pub fn non_retriable(mut self) -> Self {
        self.0.non_retriable = true;
        self
    }

    /// Returns what is persisted of it.
    pub fn details(&self) -> &FailureDetails {
        &self.0
    }
}

// `Failure` does not implement `std::error::Error`: this conversion would then overlap with `From<T> for T`.
impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        if let Some(details) = (&error as &(dyn std::error::Error + 'static)).downcast_ref::<FailureDetails>()
        {
            return Self(Box::new(details.clone()));
        }
        let path = std::any::type_name::<E>();
        let path = path.split('<').next().unwrap_or(path);
        let kind = path.rsplit("::").next().unwrap_or(path);
        let details = FailureDetails::new(FailureOrigin::Application, kind, error.to_string());
        Self(Box::new(details.with_sources_of(&error)))
    }
}

impl fmt::Debug for Failure {
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}
