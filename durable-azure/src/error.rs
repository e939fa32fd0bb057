//! How the errors of storage and wire become the hub's.

use durable_core::hub::{HubError, HubErrorKind};

use crate::transport::{StorageError, StorageErrorKind};
use crate::wire::WireError;

/// Says what a caller of the hub can do about an error of the storage.
impl From<StorageError> for HubError {
    fn from(error: StorageError) -> Self {
        let kind = match error.kind {
            StorageErrorKind::NotFound => HubErrorKind::NotFound,
            StorageErrorKind::Conflict
            | StorageErrorKind::PreconditionFailed
            | StorageErrorKind::PopReceiptMismatch => HubErrorKind::Conflict,
            StorageErrorKind::Throttled | StorageErrorKind::Unavailable => HubErrorKind::Unavailable,
            StorageErrorKind::Denied | StorageErrorKind::TooLarge | StorageErrorKind::Invalid => {
                HubErrorKind::Invalid
            }
            StorageErrorKind::Malformed => HubErrorKind::Corrupt,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

/// Whether it cannot be read or cannot be stored: no other try will change it.
impl From<WireError> for HubError {
    fn from(error: WireError) -> Self {
        corrupt(error.to_string()).with_source(error)
    }
}

pub(crate) fn not_found(what: impl std::fmt::Display) -> HubError {
    HubError::new(HubErrorKind::NotFound, format!("there is no {what}"))
}

pub(crate) fn conflict(message: impl Into<String>) -> HubError {
    HubError::new(HubErrorKind::Conflict, message)
}

pub(crate) fn invalid(message: impl Into<String>) -> HubError {
    HubError::new(HubErrorKind::Invalid, message)
}

pub(crate) fn corrupt(message: impl Into<String>) -> HubError {
    HubError::new(HubErrorKind::Corrupt, message)
}
