//! Leases: who may write a blob, or delete a container.

use std::time::Duration;

use hyper::Method;

use super::super::error::StorageError;
#[cfg(test)]
use super::super::error::StorageErrorKind;
use super::super::operation::Operation;
use super::super::request::Request;
use super::BlobClient;

/// On what a lease is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseOn<'a> {
    /// The container itself: nobody else can delete it.
    Container,
    /// The blob of this name: nobody else can write or delete it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests take one to see what it refuses")
    )]
    Blob(&'a str),
}

/// All of these can be repeated with the same effect, so a lost answer does no harm.
impl BlobClient {
    /// Takes a lease of 15 to 60 seconds under an id of the caller's, a GUID with dashes. `Conflict` if another has it;
    /// taking it again with the same id succeeds and begins anew.
    pub(crate) async fn acquire_lease(
        &self,
        on: LeaseOn<'_>,
        id: &str,
        duration: Duration,
    ) -> Result<(), StorageError> {
        let request = self
            .lease_request(Operation::AcquireLease, on, "acquire")
            .header("x-ms-lease-duration", duration.as_secs().to_string())
            .header("x-ms-proposed-lease-id", id);
        self.sender.primary().send(&request).await.map(drop)
    }

    /// Begins a lease anew. `Conflict` if it is not held any more.
    pub(crate) async fn renew_lease(&self, on: LeaseOn<'_>, id: &str) -> Result<(), StorageError> {
        let request = self
            .lease_request(Operation::RenewLease, on, "renew")
            .header("x-ms-lease-id", id);
        self.sender.primary().send(&request).await.map(drop)
    }

    /// Gives a held lease another id. `Conflict` if `from` does not hold it, and `to` does not either.
    pub(crate) async fn change_lease(
        &self,
        on: LeaseOn<'_>,
        from: &str,
        to: &str,
    ) -> Result<(), StorageError> {
        let request = self
            .lease_request(Operation::ChangeLease, on, "change")
            .header("x-ms-lease-id", from)
            .header("x-ms-proposed-lease-id", to);
        self.sender.primary().send(&request).await.map(drop)
    }

    /// Lets a lease go. `Conflict` if it is not held any more, unless an earlier attempt of this call may have let it go.
    #[cfg(test)]
    pub(crate) async fn release_lease(&self, on: LeaseOn<'_>, id: &str) -> Result<(), StorageError> {
        let request = self
            .lease_request(Operation::ReleaseLease, on, "release")
            .header("x-ms-lease-id", id);
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(()),
            // Whoever has it now took it after us.
            Err(error) if error.uncertain && error.kind == StorageErrorKind::Conflict => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn lease_request(&self, operation: Operation, on: LeaseOn<'_>, action: &str) -> Request {
        let request = match on {
            LeaseOn::Container => self.of_container(operation, Method::PUT),
            LeaseOn::Blob(name) => self.of_blob(operation, Method::PUT, name),
        };
        request.query("comp", "lease").header("x-ms-lease-action", action)
    }
}
