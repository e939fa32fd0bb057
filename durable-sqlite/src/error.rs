//! What can go wrong inside the hub, and how it looks outside.

use durable_core::hub::{CommitError, HubError, HubErrorKind};
use rusqlite::ErrorCode;

/// Why an operation of the writer did not succeed.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// SQLite refused.
    Sql(rusqlite::Error),
    /// The hub refused.
    Hub(HubError),
    /// The session's owner is not the owner any more.
    Stale { what: String, held: i64, current: i64 },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<HubError> for StoreError {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

impl StoreError {
    /// Returns the SQLite error after which nothing that the writer believes is certain.
    pub(crate) fn fatal(&self) -> Option<&rusqlite::Error> {
        match self {
            Self::Sql(error) if is_fatal(error) => Some(error),
            Self::Sql(_) | Self::Hub(_) | Self::Stale { .. } => None,
        }
    }

    pub(crate) fn into_hub(self) -> HubError {
        match self {
            Self::Sql(error) => of_sqlite("the operation", error),
            Self::Hub(error) => error,
            Self::Stale { what, held, current } => HubError::new(
                HubErrorKind::Conflict,
                format!(
                    "the {what} is no longer owned by this worker (held epoch {held}, current {current})"
                ),
            ),
        }
    }

    pub(crate) fn into_commit(self) -> CommitError {
        match self {
            Self::Stale { what, held, current } => CommitError::Stale {
                what,
                held: held.unsigned_abs(),
                current: current.unsigned_abs(),
            },
            Self::Sql(_) | Self::Hub(_) => CommitError::Hub(self.into_hub()),
        }
    }
}

/// Says what failed, and sorts the error by what a caller can do.
pub(crate) fn of_sqlite(what: &str, error: rusqlite::Error) -> HubError {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HubErrorKind::Unavailable,
        Some(
            ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::TooBig,
        ) => HubErrorKind::Invalid,
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => {
            HubErrorKind::Closed
        }
        Some(_) | None => HubErrorKind::Corrupt,
    };
    HubError::new(kind, format!("{what} failed: {error}")).with_source(error)
}

/// SQLite rolls a whole transaction back on its own for some of these, so later statements would run outside it.
fn is_fatal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
        )
    )
}

pub(crate) fn conflict(message: String) -> HubError {
    HubError::new(HubErrorKind::Conflict, message)
}

pub(crate) fn not_found(message: String) -> HubError {
    HubError::new(HubErrorKind::NotFound, message)
}

pub(crate) fn invalid(message: String) -> HubError {
    HubError::new(HubErrorKind::Invalid, message)
}

pub(crate) fn corrupt(message: String) -> HubError {
    HubError::new(HubErrorKind::Corrupt, message)
}
