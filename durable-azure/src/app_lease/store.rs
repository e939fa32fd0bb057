//! Where the lease and the info blob are.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::info::AppLeaseInfo;

/// What an operation of an [`AppLeaseStore`] returns.
pub(crate) type AppLeaseFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, AppLeaseError>> + Send + 'a>>;

/// The app-lease container, or in tests something like it. Each operation ends in bounded time.
pub(crate) trait AppLeaseStore: fmt::Debug + Send + Sync + 'static {
    /// Reads the info blob; one that is not there says nothing.
    fn info(&self) -> AppLeaseFuture<'_, AppLeaseInfo>;

    fn write_info<'a>(&'a self, info: &'a AppLeaseInfo) -> AppLeaseFuture<'a, ()>;

    /// Takes the lease, or begins it anew if `id` has it.
    fn acquire<'a>(&'a self, id: &'a str, duration: Duration) -> AppLeaseFuture<'a, ()>;

    fn renew<'a>(&'a self, id: &'a str) -> AppLeaseFuture<'a, ()>;

    /// Makes `to` the id of the lease that `from` has.
    fn change<'a>(&'a self, from: &'a str, to: &'a str) -> AppLeaseFuture<'a, ()>;
}

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppLeaseError {
    /// 409 or 412: another application has the lease.
    #[error("another application has the app lease")]
    Refused,
    /// The container could not be asked, or what it holds not be read.
    #[error("the app lease could not be used")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}
