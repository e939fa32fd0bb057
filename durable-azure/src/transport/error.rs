//! What a storage service refused, or why it could not be asked.

use std::error::Error;
use std::fmt;

use super::operation::Operation;
use super::request::Request;

/// What a caller can do about an error. Decisions look at this and at [`StorageError::code`], never at a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StorageErrorKind {
    /// 404: the resource, or what holds it, does not exist.
    NotFound,
    /// 409: it exists already, it is leased by another, it is being deleted.
    Conflict,
    /// 412: an `If-Match` or a lease does not hold any more.
    PreconditionFailed,
    /// 400 `PopReceiptMismatch`: the message was handed out again, or updated, since.
    PopReceiptMismatch,
    /// 429, or 503 `ServerBusy`, until the time for retries was over.
    Throttled,
    /// The service did not answer, or with a failure of its own, until the time for retries was over.
    Unavailable,
    /// 401 or 403: the credential does not allow it.
    Denied,
    /// 413, or more than the transport reads or sends.
    TooLarge,
    /// 400 and the like: the request is wrong, and will be.
    Invalid,
    /// The answer is not what the service's protocol says.
    Malformed,
}

/// An operation that did not succeed. Its texts hold no key, signature, token or pop receipt.
pub(crate) struct StorageError {
    pub(crate) kind: StorageErrorKind,
    /// The status of the last answer; `None` if there was none.
    pub(crate) status: Option<u16>,
    /// The service's code, such as `EntityAlreadyExists`.
    pub(crate) code: Option<String>,
    pub(crate) operation: Operation,
    /// What it was done to: `queue orders-control-00`, `table OrdersHistory`.
    pub(crate) target: String,
    /// What else is known, for people.
    pub(crate) detail: String,
    /// An earlier attempt of the same operation may have been applied although its answer was not seen. Where the
    /// transport can find that out, it has, and the error means what it says.
    pub(crate) uncertain: bool,
    pub(crate) source: Option<Box<dyn Error + Send + Sync>>,
}

impl StorageError {
    pub(super) fn new(request: &Request, kind: StorageErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            operation: request.operation,
            target: request.target.clone(),
            detail: detail.into(),
            uncertain: false,
            source: None,
        }
    }

    /// The answer is not what the protocol says.
    pub(super) fn malformed(request: &Request, what: &str) -> Self {
        Self::new(request, StorageErrorKind::Malformed, what)
    }

    pub(super) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} failed", self.operation.name(), self.target)?;
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, ": {status} {code}")?,
            (Some(status), None) => write!(f, ": {status}")?,
            (None, _) => {}
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl fmt::Debug for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
